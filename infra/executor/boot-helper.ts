import { type ChildProcess, spawn } from 'node:child_process'
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExecutorError } from './executor.ts'

/**
 * `$1`: a new folder. Makes two FIFOs in it, says so, and becomes a shell that reads its script from one and writes to the
 * other. FIFOs and not Node's own pipes, because those are sockets: a command could not open /dev/stderr. And a script
 * file and not standard input, because shells keep a script file from the commands (close-on-exec), which have /dev/null
 * as standard input without any redirection.
 */
const script = `
exec 2>&1
mkfifo -m 600 "$1/script" "$1/output" && echo ready && exec /bin/sh "$1/script" >"$1/output" 2>&1
`

/** A shell that waits for its script. */
export interface BootedHelper {
  readonly child: ChildProcess
  readonly pid: number
  /** Open for non-blocking reading and writing, so that neither pipe ever ends while we live. */
  readonly scriptFd: number
  readonly outputFd: number
  /** The folder of the FIFOs; to be removed when the shell has answered. */
  readonly folder: string
}

/**
 * Starts a shell in its own session and process group. `onPid` hears its process id before anything else happens.
 * Rejects with {@link ExecutorError} when that is not possible.
 */
export async function bootHelper(
  cwd: string,
  env: Readonly<Record<string, string>>,
  onPid: (pid: number) => void,
): Promise<BootedHelper> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  try {
    const child = spawn('/bin/sh', ['-c', script, '/bin/sh', folder], {
      cwd,
      env: { ...env, PWD: cwd },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const said = await firstWords(child, cwd)
    const { pid } = child
    if (pid === undefined || said.trim() !== 'ready') throw new ExecutorError(`cannot start a helper shell: ${said}`)
    onPid(pid)
    const flags = constants.O_RDWR | constants.O_NONBLOCK
    const scriptFd = openSync(join(folder, 'script'), flags)
    const outputFd = openSync(join(folder, 'output'), flags)
    return { child, pid, scriptFd, outputFd, folder }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function firstWords(child: ChildProcess, cwd: string): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new ExecutorError(`cannot start /bin/sh in ${cwd}: ${error.message}`, { cause: error }))
    })
    child.stdout?.setEncoding('utf8').once('data', resolve).once('end', () => resolve(''))
  })
}
