import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../user-error.ts'
import { absolutePath, homeOnRecord } from './home-directory.ts'

/**
 * Where the event log and the snapshots are: the flag, else `$XDG_STATE_HOME/millrace`, else `~/.local/state/millrace`.
 * Throws {@link UserError} where there is no home.
 *
 * @param lookUpHome the user's home by the system's list of users; throws for a user that is not in it
 */
export function stateDirectory(
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
  lookUpHome: () => string = () => userInfo().homedir,
): string {
  if (flag !== undefined) return resolve(flag)
  const home = () => absolutePath(env.HOME) ?? homeOnRecord(lookUpHome)
  const base = absolutePath(env.XDG_STATE_HOME) ?? stateIn(home())
  if (base !== undefined) return join(base, 'millrace')
  throw new UserError('this user has no home directory to remember builds in; set XDG_STATE_HOME or give --state-dir')
}

function stateIn(home: string | undefined): string | undefined {
  return home === undefined ? undefined : join(home, '.local', 'state')
}
