import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import { shownName } from '../../../machines/graph/dependency-cycle.ts'
import { longDuration } from '../progress/duration-text.ts'
import { tasksText } from './critical-path-text.ts'
import type { NamedFile } from './find-files.ts'
import { tableLines } from './table-lines.ts'
import type { WantedGraph } from './wanted-graph.ts'

/** What a change would rebuild, and how long it took last time. */
export function affectedLines(
  affected: readonly TaskNumber[],
  unread: readonly NamedFile[],
  { tasks, durationMs, criticalPath, manifestTask }: WantedGraph,
): readonly string[] {
  const notes = unread.map(
    ({ name, closest }) =>
      `no task that the targets need reads '${name}'${closest === null ? '' : `, did you mean '${closest}'?`}`,
  )
  if (affected.length === 0)
    return notes.length > 0 ? notes : ['a change would rebuild nothing: only phony tasks read it']
  const rows = affected.map((task) => {
    const ms = durationMs(task)
    return [ms === undefined ? '-' : longDuration(ms), shownName(tasks.graph.tasks[task]!.id)]
  })
  const known = affected.map(durationMs).filter((ms) => ms !== undefined)
  const unknown = affected.length - known.length
  const work = known.length === 0 ? '' : `, ${longDuration(known.reduce((sum, ms) => sum + ms, 0))} of work`
  const lines = [
    ...notes,
    ...tableLines(['last run', '>task'], rows),
    '',
    `a change would rebuild up to ${affected.length} of ${tasksText(criticalPath.count)}${work}${unknown === 0 ? '' : ` (${tasksText(unknown)} without a run on record)`}`,
  ]
  return manifestTask !== undefined && affected.includes(manifestTask)
    ? [...lines, 'the build graph itself is made again; what the new one asks for comes on top']
    : lines
}
