import type { Commit } from '../../../events/commit.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import type { BuildEnd, Reporter } from '../../embedded/reporter.ts'
import { painter } from './colour.ts'
import { GuardedStream } from './guarded-stream.ts'
import { OutputQueue } from './output-queue.ts'
import type { ReporterOptions } from './reporter-options.ts'
import { closingLines as ownClosingLines } from './summary-line.ts'
import { TaskTranscript } from './task-transcript.ts'

export interface PlainReporterOptions extends ReporterOptions {
  readonly hasColour: boolean
}

/** One line per finished task, for pipes, files and dumb terminals. Everything of one commit is one write. */
export class PlainReporter implements Reporter {
  readonly #options: PlainReporterOptions
  readonly #queue = new OutputQueue(() => this.#flush())
  readonly #transcript: TaskTranscript
  readonly #stdout: GuardedStream

  constructor(options: PlainReporterOptions) {
    this.#options = options
    this.#stdout = new GuardedStream(options.stdout, (line) => this.notice(line))
    this.#transcript = new TaskTranscript(this.#queue, {
      ...options,
      shows: options.isQuiet ? 'failed-tasks' : 'every-task',
      paint: painter(options.hasColour),
    })
  }

  commit(commit: Commit, state: BuildState): void {
    const hasTurned = this.#transcript.commit(commit, state)
    if (hasTurned) this.#write()
    else this.#flush()
  }

  notice(line: string): void {
    this.#options.stderr.write(`${line}\n`)
  }

  async end(end: BuildEnd): Promise<void> {
    this.#transcript.console.release()
    await this.#queue.settled()
    const { isQuiet, closingLines = () => ownClosingLines(end, this.#transcript.firstFailedId, isQuiet) } =
      this.#options
    for (const line of closingLines(end)) this.#queue.push(`${line}\n`)
    this.#write()
    await this.#stdout.flushed()
  }

  /** Writes what is ready, unless a console task has the output for itself. */
  #flush(): void {
    if (!this.#transcript.console.isTaken) this.#write()
  }

  #write(): void {
    const text = this.#queue.take()
    if (text !== undefined) this.#stdout.write(text)
  }
}
