import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type ServerQuestion, serverAnswers } from './server-answers.ts'

/** One process of the cluster. */
export interface ProcessPlan {
  readonly name: string
  readonly argv: readonly string[]
  /** It runs in it; made when it is missing. */
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  /** When it serves: once it has printed this, or answers so. */
  readonly ready: { readonly says: string } | ServerQuestion
  /** Which of its lines are shown; default: all. None of a server's are before it serves. */
  readonly isWorthShowing?: (line: string) => boolean
  /** How long it may take to end in order, in ms. */
  readonly stopMsMax: number
}

/** How a process ended that nobody asked to. */
export interface UnexpectedEnd {
  readonly name: string
  /** Exit code or signal. */
  readonly how: number | NodeJS.Signals
  /** The last line that it printed, since it serves if it did; empty: none. */
  readonly lastLine: string
}

export interface KeptProcessOptions {
  readonly show: (name: string, line: string) => void
  /** Told of an end between {@link KeptProcess.start} and {@link KeptProcess.stop}. */
  readonly onEnd: (end: UnexpectedEnd) => void
  /** What starts the command in such a way that it dies with this process. */
  readonly leash: readonly string[]
}

const readyMsMax = 60_000
const askAgainMs = 50
/** What was printed last may come after the end. */
const lastLinesMs = 200

/** A child process that can be started again after its end. In a session of its own: Ctrl-C reaches this process alone. */
export class KeptProcess {
  readonly #plan: ProcessPlan
  readonly #options: KeptProcessOptions
  #child: ChildProcess | undefined
  #lastLine = ''
  #ended: Promise<void> = Promise.resolve()
  #isStopping = false
  #isQuiet = false

  constructor(plan: ProcessPlan, options: KeptProcessOptions) {
    this.#plan = plan
    this.#options = options
  }

  get name(): string {
    return this.#plan.name
  }

  /** Resolves with true when it serves; with false when it ended before, or was not ready within a minute and was killed. */
  async start(): Promise<boolean> {
    const { argv, directory, env, ready } = this.#plan
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const [command, ...args] = [...this.#options.leash, ...argv]
    const child = spawn(command!, args, { cwd: directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#lastLine = ''
    this.#isQuiet = 'port' in ready
    const said = Promise.withResolvers<boolean>()
    this.#ended = this.#watch(child).then(() => said.resolve(false))
    const late = setTimeout(() => this.#signal('SIGKILL'), readyMsMax)
    for (const stream of [child.stdout, child.stderr])
      this.#read(stream, (line) => {
        if ('says' in ready && line.includes(ready.says)) said.resolve(true)
      })
    if ('port' in ready) void this.#ask(child, ready).then(said.resolve)
    const isReady = await said.promise
    this.#isQuiet = false
    if (isReady) this.#lastLine = ''
    clearTimeout(late)
    return isReady
  }

  /** Asks it to end, and kills it with its children when it does not within its time. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#child?.kill('SIGTERM')
    const late = setTimeout(() => this.#signal('SIGKILL'), this.#plan.stopMsMax)
    await this.#ended
    clearTimeout(late)
  }

  /** Resolves after the end, when all that was printed has been read. */
  #watch(child: ChildProcess): Promise<void> {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
    return new Promise((resolve) => {
      const end = async (how: number | NodeJS.Signals) => {
        // Processes that it left behind may hold its output open.
        const late = Promise.withResolvers<void>()
        const timer = setTimeout(late.resolve, lastLinesMs)
        await Promise.race([closed, late.promise])
        clearTimeout(timer)
        resolve()
        if (!this.#isStopping) this.#options.onEnd({ name: this.name, how, lastLine: this.#lastLine })
      }
      child.once('error', ({ message }) => {
        this.#lastLine = message
        void end(1)
      })
      child.once('exit', (code, signal) => void end(code ?? signal!))
    })
  }

  #read(stream: Readable, onLine: (line: string) => void): void {
    const { isWorthShowing = () => true } = this.#plan
    createInterface({ input: stream }).on('line', (line) => {
      this.#lastLine = line
      onLine(line)
      if (!this.#isQuiet && isWorthShowing(line)) this.#options.show(this.name, line)
    })
  }

  async #ask(child: ChildProcess, question: ServerQuestion): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      if (await serverAnswers(question)) return true
      await new Promise((resolve) => setTimeout(resolve, askAgainMs))
    }
    return false
  }

  /** To all of its session's first group. */
  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child ?? {}
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    process.kill(-pid, signal)
  }
}
