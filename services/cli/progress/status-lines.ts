import { countOf, type PlanState } from '../../../machines/build-state.ts'
import type { BuildProgress } from './build-progress.ts'
import { shortDuration } from './duration-text.ts'
import { taskLine } from './task-line.ts'
import { tasksToRun } from './task-transcript.ts'
import { elideMiddle, toSingleLine } from './text-width.ts'

export interface StatusView {
  readonly progress: BuildProgress
  /** Tasks that have run. */
  readonly finished: number
  readonly nowMs: number
  readonly columns: number
  readonly rows: number
}

/**
 * The lines that are rewritten while a build runs: `[12/185 2s ~14s] CXX foo.o`, and on a terminal with room for it the
 * running tasks, oldest first, each with its seconds. The list keeps its height while so many tasks are left, so that
 * the screen stays calm. No line is as wide as the terminal, whose cursor would else hang over its edge.
 */
export function statusLines(view: StatusView): readonly string[] {
  const { progress, nowMs, columns, finished } = view
  const state = progress.state
  if (state === undefined) return []
  const widthMax = Math.max(1, columns - 1)
  const elapsed = shortDuration(nowMs - progress.beganAt)
  const plan = state.plan
  if (plan === undefined) return [elideMiddle(`[${elapsed}] planning`, widthMax)]

  const total = tasksToRun(plan)
  const listed = Math.min(listRowsMax(view, plan), progress.runningMax, total - finished)
  const lines = [
    elideMiddle(`[${heading(view, plan, elapsed, total)}] ${shownTask(view, plan, listed)}`.trimEnd(), widthMax),
  ]
  for (const line of runningLines(view, plan, listed)) lines.push(elideMiddle(line, widthMax))
  while (lines.length < listed + 1) lines.push('')
  return lines
}

/** Below this height only the status line is shown, above it the list takes at most a third. */
const rowsForListMin = 12
const listedMax = 8

function listRowsMax({ rows }: StatusView, { slots }: PlanState): number {
  return rows < rowsForListMin || slots < 2 ? 0 : Math.min(slots, listedMax, Math.floor(rows / 3))
}

function heading({ progress, finished, nowMs }: StatusView, plan: PlanState, elapsed: string, total: number): string {
  const parts = [`${finished}/${total}`, elapsed]
  const remainingMs = progress.remainingMs(plan, nowMs)
  if (remainingMs !== undefined && finished < total) parts.push(`~${shortDuration(remainingMs + 999)}`)
  const failed = countOf(plan, 'failed')
  if (failed > 0) parts.push(`${failed} failed`)
  return parts.join(' ')
}

/** Beside a list: the task that ended last. Without one: the task that started last. */
function shownTask({ progress }: StatusView, plan: PlanState, listed: number): string {
  const newest = listed > 0 ? progress.lastEnded : ([...progress.running.keys()].at(-1) ?? progress.lastEnded)
  return newest === undefined ? '' : textOf(newest, plan)
}

function* runningLines({ progress, nowMs }: StatusView, plan: PlanState, listed: number): Generator<string> {
  let left = listed
  for (const [task, startedAt] of progress.running) {
    if (left-- <= 0) return
    const more = progress.running.size - listed + 1
    if (left === 0 && more > 1) {
      yield `${' '.repeat(secondsWidth)} and ${more} more`
      return
    }
    yield `${shortDuration(nowMs - startedAt).padStart(secondsWidth)} ${textOf(task, plan)}`
  }
}

const secondsWidth = 6

function textOf(task: number, plan: PlanState): string {
  return toSingleLine(taskLine(plan.tasks.graph.tasks[task]!, false))
}
