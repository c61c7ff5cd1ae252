import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../user-error.ts'
import { absolutePath, homeOnRecord } from './home-directory.ts'

/**
 * Where results of tasks are kept for all builds of the user: the flag, else `$XDG_CACHE_HOME/millrace`, else
 * `~/.cache/millrace`. Throws {@link UserError} where there is no home.
 */
export function cacheDirectory(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  if (flag !== undefined) return resolve(flag)
  const named = absolutePath(env.XDG_CACHE_HOME)
  if (named !== undefined) return join(named, 'millrace')
  const home = absolutePath(env.HOME) ?? homeOnRecord(() => userInfo().homedir)
  if (home !== undefined) return join(home, '.cache', 'millrace')
  throw new UserError(
    'this user has no home directory to keep results in; set XDG_CACHE_HOME, or give --cache-dir or --no-cache',
  )
}
