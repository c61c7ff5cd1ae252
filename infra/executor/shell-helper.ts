import { randomBytes } from 'node:crypto'
import { readSync, rmSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { type BootedHelper, bootHelper } from './boot-helper.ts'
import { ExecutorError, type RunOutcome } from './executor.ts'
import type { GroupGuard } from './group-guard.ts'
import { killGroup } from './kill-group.ts'
import { MarkerScanner } from './marker-scanner.ts'
import { OutputBuffer } from './output-buffer.ts'
import { type ProcessIdentity, readProcess } from './process-table.ts'

/** One read takes at most this; 64 KiB is what a Linux pipe holds. All helpers share it: reads are copied at once. */
const readBuffer = Buffer.allocUnsafe(65_536)

/** How long to wait for a helper to take more of a line that is longer than the pipe holds. */
const writeRetryMs = 1

export interface HelperOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly outputBytesMax: number
  readonly killGraceMs: number
  readonly guard: GroupGuard
  /** The helper is of no use any more, and its group is gone. Called once, after the outcome of what it ran. */
  readonly onGone: (helper: ShellHelper) => void
}

/** One command on its way through a helper. */
export interface HelperTask {
  /** A line that ends neither the helper nor changes it; see command-line.ts. */
  readonly line: string
  readonly cwd: string
  readonly onOutput: ((piece: Uint8Array) => void) | undefined
  readonly onEnd: (outcome: RunOutcome) => void
}

/**
 * A small shell that stays, runs one command after the other, and leads the process group that all of them live in.
 * Starting a command costs a write to it; its end costs a read: the shell writes the exit code, with its own nonce before
 * it, into the same pipe as the command its output.
 */
export class ShellHelper {
  readonly identity: ProcessIdentity
  readonly #options: HelperOptions
  readonly #booted: BootedHelper
  readonly #socket: Socket
  readonly #nonce: string
  readonly #scanner: MarkerScanner
  readonly #ready = Promise.withResolvers<void>()
  #task: HelperTask | undefined
  #output: OutputBuffer
  #startMs = 0
  #isKilling = false
  #hasExited = false

  private constructor(booted: BootedHelper, options: HelperOptions) {
    this.#booted = booted
    this.#options = options
    this.identity = { pid: booted.pid, startTicks: readProcess(booted.pid)?.startTicks ?? 0 }
    this.#nonce = randomBytes(16).toString('hex')
    this.#scanner = new MarkerScanner(this.#nonce)
    this.#output = new OutputBuffer(options.outputBytesMax)
    const onread = { buffer: readBuffer, callback: (bytes: number) => this.#onRead(bytes) }
    this.#socket = new Socket({ fd: booted.outputFd, readable: true, writable: false, onread } as object)
    this.#socket.on('error', () => {})
    this.#socket.resume()
    booted.child.once('exit', (code, signal) => this.#onExit(code, signal))
  }

  /** Starts a helper; rejects with {@link ExecutorError} when that is not possible. */
  static async start(options: HelperOptions): Promise<ShellHelper> {
    const watch = (pid: number) => options.guard.watch(-pid)
    const helper = new ShellHelper(await bootHelper(options.cwd, options.env, watch), options)
    const { child, folder } = helper.#booted
    try {
      helper.#write(bootScript(helper.#nonce))
      await helper.#ready.promise
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    child.unref()
    helper.#socket.unref()
    return helper
  }

  /** Nothing more can be run: it is being killed or has died. */
  get isLost(): boolean {
    return this.#isKilling || this.#hasExited
  }

  /** Runs one command; the helper must be idle and not lost. Its end comes through {@link HelperTask.onEnd}. */
  run(task: HelperTask): void {
    this.#task = task
    this.#startMs = performance.now()
    this.#socket.ref()
    const { line, cwd } = task
    this.#write(`c${this.#nonce} ${quotePath(cwd)} && ${line}\nm${this.#nonce}\n`)
  }

  /** Kills the group with whatever runs; the running command's outcome has this end. Resolves when it is gone. */
  async kill(end: 'timed-out' | 'aborted'): Promise<void> {
    if (this.isLost) return
    this.#isKilling = true
    const signal = await killGroup(this.identity.pid, this.#task === undefined ? 0 : this.#options.killGraceMs)
    this.#retire(end, signal === 'SIGTERM' ? 143 : 137)
  }

  #write(text: string): void {
    // Nearly always one call: an idle helper has taken all that came before, and a pipe holds 64 KiB.
    const bytes = text.length < 16_384 ? text : Buffer.from(text)
    const written = this.#tryWrite(bytes)
    const total = Buffer.byteLength(bytes)
    if (written < total) this.#writeLater(Buffer.from(bytes as string).subarray(written))
  }

  #writeLater(rest: Buffer): void {
    setTimeout(() => {
      if (this.isLost) return
      const written = this.#tryWrite(rest)
      if (written < rest.length) this.#writeLater(rest.subarray(written))
    }, writeRetryMs)
  }

  #tryWrite(bytes: string | Buffer): number {
    try {
      return typeof bytes === 'string'
        ? writeSync(this.#booted.scriptFd, bytes)
        : writeSync(this.#booted.scriptFd, bytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
      throw error
    }
  }

  #onRead(bytes: number): boolean {
    const code = this.#scanner.scan(readBuffer.subarray(0, bytes), this.#onOutput)
    if (code === -1 || this.#isKilling) return true
    const task = this.#task
    if (task === undefined) this.#ready.resolve()
    else this.#end(task, code > 128 && code <= 128 + 64 ? 'signalled' : 'exited', code)
    return true
  }

  readonly #onOutput = (piece: Uint8Array): void => {
    const task = this.#task
    if (task === undefined) return
    this.#output.append(piece)
    task.onOutput?.(new Uint8Array(piece))
  }

  #end(task: HelperTask, end: RunOutcome['end'], exitCode: number): void {
    const output = this.#output
    const runMs = performance.now() - this.#startMs
    this.#task = undefined
    if (output.isUsed) this.#output = new OutputBuffer(this.#options.outputBytesMax)
    this.#socket.unref()
    task.onEnd({ end, exitCode, output: output.take(), outputBytesDropped: output.droppedBytes, runMs })
  }
}
