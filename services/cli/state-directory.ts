import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where the event log and the snapshots are: the flag, else `$XDG_STATE_HOME/millrace`, else `~/.local/state/millrace`. */
export function stateDirectory(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  if (flag !== undefined) return resolve(flag)
  // The XDG specification: a relative path is to be ignored.
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(homedir(), '.local', 'state')
  return join(base, 'millrace')
}
