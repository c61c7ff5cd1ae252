import { randomBytes } from 'node:crypto'
import { closeSync, readSync, rmSync, writeSync } from 'node:fs'
import { Socket, type SocketConstructorOpts } from 'node:net'
import { constants } from 'node:os'
import { identify, type ProcessIdentity } from '../process-table/process-table.ts'
import { type BootedHelper, bootHelper } from './boot-helper.ts'
import { quoteWord } from './command-line.ts'
import { ExecutorError, type RunOutcome } from './executor.ts'
import type { GroupGuard } from './group-guard.ts'
import { killGroup } from './kill-group.ts'
import { MarkerScanner } from './marker-scanner.ts'
import { OutputBuffer } from './output-buffer.ts'

/** One read takes at most this, what a Linux pipe holds. All helpers share it: what is read is copied at once. */
const readBuffer = Buffer.allocUnsafe(65_536)

/** How long to wait for a helper to take more of a line that is longer than the pipe holds. */
const writeRetryMs = 1

export interface HelperOptions {
  readonly env: Readonly<Record<string, string>>
  readonly outputBytesMax: number
  readonly killGraceMs: number
  readonly guard: GroupGuard
  /** The helper is of no use any more, and nothing of its group runs. Called once, after the end of its last task. */
  readonly onGone: (helper: ShellHelper) => void
}

/** One command on its way through a helper. */
export interface HelperTask {
  /** A line that neither changes nor ends the helper; see command-line.ts. */
  readonly line: string
  readonly cwd: string
  readonly onOutput: ((piece: Uint8Array) => void) | undefined
  onEnd(outcome: RunOutcome): void
}

/**
 * A small shell that stays, runs one command after the other, and leads the process group in which all of them live.
 * Starting a command costs one write to it; its end costs one read: the shell writes the exit code, behind a nonce of its
 * own, into the same pipe as the command its output.
 */
export class ShellHelper {
  /** The shell; its process id is also the group's. */
  readonly identity: ProcessIdentity
  readonly #options: HelperOptions
  readonly #booted: BootedHelper
  readonly #socket: Socket
  readonly #scanner: MarkerScanner
  readonly #ready = Promise.withResolvers<void>()
  readonly #lineStart: string
  readonly #lineEnd: string
  #task: HelperTask | undefined
  #output: OutputBuffer
  #startMs = 0
  #isLost = false
  #gone: Promise<void> | undefined

  private constructor(booted: BootedHelper, nonce: string, options: HelperOptions) {
    this.#booted = booted
    this.#options = options
    this.identity = identify(booted.pid)
    this.#scanner = new MarkerScanner(nonce)
    this.#output = new OutputBuffer(options.outputBytesMax)
    this.#lineStart = `c${nonce} `
    this.#lineEnd = `\nm${nonce}\n`
    const onread = { buffer: readBuffer, callback: (bytes: number) => this.#onRead(bytes) }
    const socketOptions: SocketConstructorOpts & { onread: typeof onread } = {
      fd: booted.outputFd,
      readable: true,
      onread,
    }
    this.#socket = new Socket(socketOptions)
    this.#socket.on('error', () => {})
    this.#socket.resume()
    // Its failure is for start() alone.
    this.#ready.promise.catch(() => {})
    booted.child.once('exit', (_, signal) => this.#onExit(signal))
  }

  /** Starts a helper; rejects with {@link ExecutorError} when that is not possible. */
  static async start(options: HelperOptions): Promise<ShellHelper> {
    const booted = await bootHelper(options.env, options.guard)
    const nonce = randomBytes(16).toString('hex')
    const helper = new ShellHelper(booted, nonce, options)
    try {
      helper.#write(Buffer.from(bootScript(nonce)))
      await helper.#ready.promise
    } finally {
      rmSync(booted.folder, { recursive: true, force: true })
    }
    booted.child.unref()
    helper.#socket.unref()
    return helper
  }

  /** Nothing more can be run: it is being killed or has died. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** Runs one command; the helper must be idle and not lost. */
  run(task: HelperTask): void {
    this.#task = task
    this.#socket.ref()
    this.#startMs = performance.now()
    this.#write(Buffer.from(`${this.#lineStart}${quoteWord(task.cwd)} && ${task.line}${this.#lineEnd}`))
  }

  /** Kills the group with whatever runs; the running command ends like this. Resolves when nothing of it is left. */
  async kill(end: 'timed-out' | 'aborted'): Promise<void> {
    this.#gone ??= this.#killGroup(end)
    await this.#gone
  }

  async #killGroup(end: 'timed-out' | 'aborted'): Promise<void> {
    this.#isLost = true
    const graceMs = this.#task === undefined ? 0 : this.#options.killGraceMs
    const signal = await killGroup(this.identity.pid, graceMs)
    this.#drain()
    this.#retire(end, 128 + constants.signals[signal])
  }

  /** The shell has died: by our hand, or because a command or the system killed it. */
  #onExit(signal: NodeJS.Signals | null): void {
    this.#ready.reject(new ExecutorError('a helper shell has died at its start'))
    if (this.#isLost) return
    this.#drain()
    this.#isLost = true
    const exitCode = 128 + constants.signals[signal ?? 'SIGKILL']
    this.#gone = killGroup(this.identity.pid, 0).then(() => this.#retire('signalled', exitCode))
  }

  #retire(end: RunOutcome['end'], exitCode: number): void {
    const task = this.#task
    if (task !== undefined) {
      this.#onOutput(this.#scanner.takeHeld())
      this.#end(task, end, exitCode)
    }
    this.#socket.destroy()
    closeSync(this.#booted.scriptFd)
    this.#options.guard.forget(-this.identity.pid)
    this.#options.onGone(this)
  }

  /** Reads what the pipe still holds; not for ever, as processes that left the group may go on writing. */
  #drain(): void {
    try {
      for (let round = 0; round < 4; round++) {
        this.#onRead(readSync(this.#booted.outputFd, readBuffer, 0, readBuffer.length, null))
      }
    } catch {
      // EAGAIN: nothing more.
    }
  }

  #write(bytes: Buffer): void {
    let written = 0
    try {
      written = writeSync(this.#booted.scriptFd, bytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
    // Rare: an idle helper has taken all that came before, and a pipe holds 64 KiB.
    if (written < bytes.length) setTimeout(() => this.#isLost || this.#write(bytes.subarray(written)), writeRetryMs)
  }

  #onRead(bytes: number): boolean {
    const exitCode = this.#scanner.scan(readBuffer.subarray(0, bytes), this.#onOutput)
    if (exitCode === -1 || this.#isLost) return true
    const task = this.#task
    if (task === undefined) this.#ready.resolve()
    else this.#end(task, isSignalCode(exitCode) ? 'signalled' : 'exited', exitCode)
    return true
  }

  readonly #onOutput = (piece: Uint8Array): void => {
    // Without a task it comes from a background process of an earlier one.
    if (this.#task === undefined) return
    this.#output.append(piece)
    if (this.#task.onOutput !== undefined && piece.length > 0) this.#task.onOutput(new Uint8Array(piece))
  }

  #end(task: HelperTask, end: RunOutcome['end'], exitCode: number): void {
    const runMs = performance.now() - this.#startMs
    const output = this.#output
    if (!output.isEmpty) this.#output = new OutputBuffer(this.#options.outputBytesMax)
    this.#task = undefined
    this.#socket.unref()
    task.onEnd({ end, exitCode, output: output.take(), outputBytesDropped: output.droppedBytes, runMs })
  }
}

/**
 * Two functions whose names no command knows. `c`: goes to a folder without leaving a trace of the last one in the
 * environment. `m`: tells the exit code, then forgets where programs were found, as they may move while a build runs.
 */
function bootScript(nonce: string): string {
  return `c${nonce}() { cd -- "$1" && unset OLDPWD || return 127; }
m${nonce}() { echo "${nonce}:$?"; hash -r; }
m${nonce}
`
}

/** Shells report a signal as 128 + its number; an exit code in that range looks the same. */
function isSignalCode(exitCode: number): boolean {
  return exitCode > 128 && exitCode <= 128 + 64
}
