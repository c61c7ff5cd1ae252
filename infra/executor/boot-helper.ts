import { type ChildProcess, spawn } from 'node:child_process'
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExecutorError } from './executor.ts'
import type { GroupGuard } from './group-guard.ts'
import { killGroup } from './kill-group.ts'

/**
 * Makes two FIFOs in the folder it is started in, says so, and becomes a shell that reads its script from one (named "sh",
 * the name in the shell's own messages) and writes to the other. FIFOs and not Node's pipes, because those are sockets: a
 * command could not open /dev/stderr. And a script file and not standard input, because shells keep a script file from
 * the commands (close-on-exec), which so have /dev/null as standard input without any redirection.
 */
const script = `
exec 2>&1
mkfifo -m 600 sh output && echo ready && exec /bin/sh sh >output 2>&1
`

/** A shell that waits for its script. */
export interface BootedHelper {
  readonly child: ChildProcess
  readonly pid: number
  /** Open for reading and writing, non-blocking, so that neither pipe ever ends while we live. */
  readonly scriptFd: number
  readonly outputFd: number
  /** The folder of the FIFOs; to be removed when the shell has answered. */
  readonly folder: string
}

/**
 * Starts a shell in its own session and process group, watched by `guard` from its first moment.
 * Rejects with {@link ExecutorError} when that is not possible.
 */
export async function bootHelper(env: Readonly<Record<string, string>>, guard: GroupGuard): Promise<BootedHelper> {
  const folder = makeFolder()
  let pid: number | undefined
  try {
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const words = firstWords(child)
    pid = child.pid
    if (pid !== undefined) guard.watch(-pid)
    const said = await words
    if (pid === undefined || said !== 'ready\n') throw new ExecutorError(`cannot start a helper shell: ${said}`)
    const flags = constants.O_RDWR | constants.O_NONBLOCK
    const scriptFd = openSync(join(folder, 'sh'), flags)
    const outputFd = openSync(join(folder, 'output'), flags)
    return { child, pid, scriptFd, outputFd, folder }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    if (pid !== undefined) {
      await killGroup(pid, 0)
      guard.forget(-pid)
    }
    throw error
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'millrace-'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ExecutorError(`cannot make a folder in ${tmpdir()} (${code}); name another with TMPDIR`, { cause: error })
  }
}

async function firstWords(child: ChildProcess): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new ExecutorError(`cannot start /bin/sh: ${error.message}`, { cause: error }))
    })
    child.stdout
      ?.setEncoding('utf8')
      .once('data', resolve)
      .once('end', () => resolve(''))
  })
}
