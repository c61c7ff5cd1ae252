import type { Commit } from '../../../events/commit.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import type { BuildEnd, Reporter } from '../../embedded/reporter.ts'
import { BuildProgress } from './build-progress.ts'
import { painter } from './colour.ts'
import { GuardedStream } from './guarded-stream.ts'
import { OutputQueue } from './output-queue.ts'
import type { ReporterOptions } from './reporter-options.ts'
import { StatusArea } from './status-area.ts'
import { statusLines } from './status-lines.ts'
import { closingLines as ownClosingLines } from './summary-line.ts'
import { TaskTranscript } from './task-transcript.ts'

export interface TerminalReporterOptions extends ReporterOptions {
  readonly hasColour: boolean
  /** Calls `draw` about every `ms` until the returned function is called; must not keep the process alive. */
  readonly repeat: (ms: number, draw: () => void) => () => void
}

/** 15 updates a second: smooth to the eye, and nothing beside the build. */
const drawIntervalMs = 66

/**
 * For a terminal: status lines that are rewritten in place, and above them what tasks printed and which ones failed.
 * Commits only count; all text is made when the screen is drawn. While a task of the console pool has the terminal,
 * nothing is written and what others print is kept.
 */
export class TerminalReporter implements Reporter {
  readonly #options: TerminalReporterOptions
  readonly #queue = new OutputQueue(() => {})
  readonly #transcript: TaskTranscript
  readonly #progress = new BuildProgress()
  readonly #stdout: GuardedStream
  readonly #area: StatusArea
  #stopDrawing: (() => void) | undefined

  constructor(options: TerminalReporterOptions) {
    this.#options = options
    const paint = painter(options.hasColour)
    this.#stdout = new GuardedStream(options.stdout, (line) => options.stderr.write(`${line}\n`))
    this.#area = new StatusArea(
      this.#stdout,
      () => this.#size(),
      (line, i) => (i === 0 || line === '' ? line : paint('dim', line)),
    )
    this.#transcript = new TaskTranscript(this.#queue, { ...options, paint, shows: 'speaking-tasks' })
  }

  commit(commit: Commit, state: BuildState): void {
    this.#stopDrawing ??= this.#options.repeat(drawIntervalMs, () => this.draw())
    const hasTurned = this.#transcript.commit(commit, state)
    this.#progress.commit(commit, state)
    if (hasTurned || (this.#progress.state === undefined && !this.#transcript.console.isTaken)) this.#clear()
  }

  notice(line: string): void {
    if (!this.#options.stderr.isTTY) {
      this.#options.stderr.write(`${line}\n`)
      return
    }
    this.#queue.push(`${line}\n`)
    this.draw()
  }

  /** Brings the screen up to date. Called by the timer, and for what must not wait for it. */
  draw(): void {
    if (this.#transcript.console.isTaken) return
    const { finished } = this.#transcript
    const view = { progress: this.#progress, finished, nowMs: this.#options.now(), ...this.#size() }
    this.#area.render(statusLines(view), this.#queue.take())
  }

  async end(end: BuildEnd): Promise<void> {
    this.#stopDrawing?.()
    this.#transcript.console.release()
    await this.#queue.settled()
    const { isQuiet, closingLines = () => ownClosingLines(end, this.#transcript.firstFailedId, isQuiet) } =
      this.#options
    for (const line of closingLines(end)) this.#queue.push(`${line}\n`)
    this.#clear()
    await this.#stdout.flushed()
  }

  /** Takes the status lines away and prints what is ready. */
  #clear(): void {
    this.#area.render([], this.#queue.take())
  }

  #size() {
    const { columns, rows } = this.#options.stdout
    return { columns: columns || 80, rows: rows || 24 }
  }
}
