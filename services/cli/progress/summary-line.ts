import { shellQuote } from '../../../machines/graph/ninja/shell-quote.ts'
import type { BuildEnd } from '../../embedded/reporter.ts'
import { longDuration } from './duration-text.ts'

/**
 * `185 tasks: 0 up to date, 0 cached, 185 run, 0 failed, 0 skipped (12.3 s)`. Scripts read it, so its form stays;
 * cancelled tasks and retried attempts follow `skipped` when there are any.
 */
export function summaryLine({ counts, wallMs }: BuildEnd): string {
  const parts = [
    `${counts.upToDate} up to date`,
    `${counts.cached} cached`,
    `${counts.run} run`,
    `${counts.failed} failed`,
    `${counts.skipped} skipped`,
  ]
  if (counts.cancelled > 0) parts.push(`${counts.cancelled} cancelled`)
  if (counts.retried > 0) parts.push(`${counts.retried} retried`)
  return `${counts.total} tasks: ${parts.join(', ')} (${longDuration(wallMs)})`
}

/** The last lines of a build: that there was nothing to do, the summary, and after a failure what to do next. */
export function closingLines(end: BuildEnd, failedTaskId: string | undefined, isQuiet: boolean): readonly string[] {
  const lines: string[] = []
  const { status, counts } = end
  if (!isQuiet && status === 'succeeded' && counts.upToDate === counts.total) lines.push(nothingToDo(counts.total))
  lines.push(summaryLine(end))
  if (status === 'failed' && failedTaskId !== undefined)
    lines.push(`to look into the failure: millrace replay ${end.buildId} --task ${shellQuote(failedTaskId)}`)
  return lines
}

function nothingToDo(total: number): string {
  if (total === 0) return 'nothing to do'
  return total === 1 ? 'nothing to do: 1 task is up to date' : `nothing to do: ${total} tasks are up to date`
}
