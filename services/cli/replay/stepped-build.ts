import type { Commit } from '../../../events/commit.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import type { Paint } from '../progress/colour.ts'
import { elideMiddle } from '../progress/text-width.ts'
import { foldCommit, type ReplayedBuild } from './replayed-build.ts'
import { StateObserver } from './state-summary.ts'
import { placeText, stateText } from './state-text.ts'
import { timelineLine } from './timeline.ts'

/** The header, two blank lines, and the line of keys with one above it. */
const frameRows = 5

/** A build that can be looked at behind any of its commits, and shown as a screen of text. */
export class SteppedBuild {
  readonly #build: ReplayedBuild
  readonly #commits: readonly Commit[]
  #state: BuildState
  #observer = new StateObserver()
  #folded = 0

  constructor(build: ReplayedBuild, commits: readonly Commit[]) {
    this.#build = build
    this.#commits = commits
    this.#state = build.newState()
  }

  get lastVersion(): number {
    return this.#commits.length
  }

  /** Lines that show commit `version` and the state behind it, in a space of `rows` by `columns`. */
  screen(version: number, size: { readonly rows: number; readonly columns: number }, paint: Paint): string[] {
    this.#goTo(version)
    const commit = this.#commits[version - 1]!
    const requestedAt = this.#commits[0]!.at
    const summary = this.#observer.summary(this.#state, commit, commit.at)
    const plain: Paint = (_style, text) => text
    const events = commit.events.map((event) =>
      timelineLine(event, commit.at - requestedAt, requestedAt, this.#state, plain),
    )
    const rowsMax = Math.max(2, size.rows - frameRows)
    const shown = events.length > rowsMax / 2 ? events.slice(0, Math.floor(rowsMax / 2) - 1) : events
    const more = events.length - shown.length
    const stateRows = rowsMax - shown.length - Math.sign(more)
    const state = [5, 3, 1, 0].map((tasksMax) => stateText(summary, tasksMax, plain)).find(fitsIn(stateRows))
    const header = `build ${this.#build.buildId}  ${placeText(summary, this.lastVersion)}  (epoch ${commit.epoch})`
    const lines = [
      header,
      '',
      ...shown,
      ...(more > 0 ? [`            ... and ${more} more`] : []),
      '',
      ...(state ?? []),
    ]
    return lines
      .slice(0, Math.max(1, size.rows - 2))
      .map((line) => elideMiddle(line, size.columns - 1))
      .map((line, i) => (i === 0 ? paint('bold', line) : line))
  }

  /** Forward folds what is new; back folds again from the start, since a state can't be taken back. */
  #goTo(version: number): void {
    if (version < this.#folded) {
      this.#state = this.#build.newState()
      this.#observer = new StateObserver()
      this.#folded = 0
    }
    for (; this.#folded < version; this.#folded++) {
      const commit = this.#commits[this.#folded]!
      foldCommit(this.#state, commit)
      this.#observer.commit(commit)
    }
  }
}

function fitsIn(rows: number): (lines: readonly string[]) => boolean {
  return (lines) => lines.length <= rows
}
