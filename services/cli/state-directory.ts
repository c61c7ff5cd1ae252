import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../user-error.ts'

/**
 * Where the event log and the snapshots are: the flag, else `$XDG_STATE_HOME/millrace`, else `~/.local/state/millrace`.
 * Throws {@link UserError} where there is no home.
 *
 * @param homeOnRecord the user's home by the system's list of users; throws for a user that is not in it
 */
export function stateDirectory(
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
  homeOnRecord: () => string = () => userInfo().homedir,
): string {
  if (flag !== undefined) return resolve(flag)
  // The XDG specification: a relative path is to be ignored. So is a relative or empty HOME.
  const base = absolute(env.XDG_STATE_HOME) ?? join(absolute(env.HOME) ?? recorded(homeOnRecord), '.local', 'state')
  return join(base, 'millrace')
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined
}

function recorded(homeOnRecord: () => string): string {
  let home: string | undefined
  try {
    home = absolute(homeOnRecord())
  } catch {
    // No such user.
  }
  if (home !== undefined) return home
  throw new UserError('this user has no home directory to remember builds in; set XDG_STATE_HOME or give --state-dir')
}
