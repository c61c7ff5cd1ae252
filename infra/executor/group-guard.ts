import { type ChildProcess, spawn } from 'node:child_process'
import { identify, type ProcessIdentity } from '../process-table/process-table.ts'
import { ExecutorError } from './executor.ts'

/**
 * Keeps a list of kill(1) targets and, when its standard input ends, kills them. Only builtins, so it needs no memory, no
 * path and no further process at that moment. It ignores every signal that may reach it by accident.
 */
const script = `
trap '' HUP INT QUIT TERM PIPE ALRM USR1 USR2 TSTP TTIN TTOU
set -f
targets=
while read -r verb target; do
  case $verb in
  watch) targets="$targets $target" ;;
  forget)
    kept=
    for each in $targets; do
      case $each in "$target") ;; *) kept="$kept $each" ;; esac
    done
    targets=$kept ;;
  esac
done
for each in $targets; do kill -9 "$each"; done
`

/**
 * A process that outlives us for a moment, even when we die by SIGKILL, to kill what we have started. It lives in its own
 * session, out of reach of the terminal's Ctrl-C, and holds a pipe from us: the pipe's end is our end.
 * Should it die itself, another one takes its place.
 */
export class GroupGuard {
  readonly #targets = new Set<number>()
  #child: ChildProcess | undefined
  #identity: ProcessIdentity | undefined
  #isClosing = false

  /** The guard's process, once something is watched. */
  get identity(): ProcessIdentity | undefined {
    return this.#identity
  }

  /**
   * From now on our end is also the end of `target`: a process, or, when negative, a group. The guard knows it when this
   * returns (the pipe holds the message, even if we die now). Throws {@link ExecutorError} when there can be no guard.
   */
  watch(target: number): void {
    this.#targets.add(target)
    if (this.#child === undefined) this.#start()
    else this.#tell(`watch ${target}\n`)
  }

  /** The target is gone; its number may soon belong to somebody else. */
  forget(target: number): void {
    if (this.#targets.delete(target)) this.#tell(`forget ${target}\n`)
  }

  /** Ends the guard; what it still watches is killed. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#isClosing = true
    const child = this.#child
    if (child === undefined) return
    child.ref()
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.stdin?.end()
    })
    this.#child = undefined
    this.#identity = undefined
  }

  #tell(message: string): void {
    this.#child?.stdin?.write(message)
  }

  #start(): void {
    const child = spawn('/bin/sh', ['-c', script, 'millrace-guard'], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.on('error', () => {})
    if (child.pid === undefined) throw new ExecutorError('cannot start /bin/sh as the guard of the executor')
    // A broken pipe shows up as the guard's exit.
    child.stdin.on('error', () => {})
    child.unref()
    this.#child = child
    this.#identity = identify(child.pid)
    child.once('exit', () => this.#onExit(child))
    for (const target of this.#targets) this.#tell(`watch ${target}\n`)
  }

  #onExit(child: ChildProcess): void {
    if (this.#isClosing || this.#child !== child) return
    this.#child = undefined
    this.#identity = undefined
    try {
      if (this.#targets.size > 0) this.#start()
    } catch {
      // No processes left: the next watch() tries again, and reports it.
    }
  }
}
