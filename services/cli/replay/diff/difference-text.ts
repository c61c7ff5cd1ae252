import { bounded, differenceLines, reasonText, shortDigest } from '../../history/difference-text.ts'
import type { Paint } from '../../progress/colour.ts'
import { longDuration } from '../../progress/duration-text.ts'
import { localTime } from '../../time-text.ts'
import type { BuildBrief, BuildDifference, Changed } from './build-difference.ts'

/** Of each section so many lines are shown, unless all are asked for. */
const linesMax = 20

/** Two builds held against each other, in sections; those in which nothing differs are left out. */
export function differenceText(difference: BuildDifference, isVerbose: boolean, paint: Paint): readonly string[] {
  const { builds, request, graph, surroundings, sources, ends, unequalOutputs, durations } = difference
  const lines = [`${paint('bold', 'was')}  ${briefText(builds[0])}`, `${paint('bold', 'is')}   ${briefText(builds[1])}`]
  const section = (title: string, count: number, texts: readonly string[]) => {
    if (count === 0) return
    lines.push('', `${paint('bold', title)} (${count})`)
    for (const line of isVerbose ? texts : bounded(texts, linesMax)) lines.push(`  ${line}`)
  }
  section('request', request.length, request.map(changeText))
  section('tasks added', graph.added.length, graph.added)
  section('tasks removed', graph.removed.length, graph.removed)
  section(
    'tasks declared otherwise',
    graph.changed.length,
    graph.changed.flatMap(({ task, differences }) => [
      task,
      ...differenceLines(differences).map((line) => `  ${line}`),
    ]),
  )
  section('tools and variables', surroundings.length, differenceLines(surroundings))
  section('sources', sources.length, sources.map(contentText))
  section('tasks that ended otherwise', ends.length, ends.map(endText))
  section(
    'other outputs from equal inputs',
    unequalOutputs.length,
    unequalOutputs.map((output) => `${output.task === output.name ? '' : `${output.task}: `}${contentText(output)}`),
  )
  if (lines.length === 2) lines.push('', 'nothing else differs')
  section('time of tasks that ran in both', durations.length, durations.map(durationText))
  return lines
}

function briefText({ build, directory, requestedAt, status, counts, wallMs, runMs }: BuildBrief): string {
  const ends = Object.entries(counts).map(([end, count]) => `${count} ${end.replaceAll('-', ' ')}`)
  const tasks = ends.length === 0 ? 'no tasks' : ends.join(', ')
  const time = `${longDuration(wallMs)}, commands ${longDuration(runMs)}`
  return `build ${build} of ${localTime(requestedAt)} in ${directory}, ${status}: ${tasks} (${time})`
}

function changeText({ name, was, is }: Changed<string>): string {
  return `${name}: ${was} -> ${is}`
}

function contentText({ name, was, is }: Changed<string | null>): string {
  const text = (digest: string | null) => (digest === null ? 'not there' : shortDigest(digest))
  return `${name} (${text(was)} -> ${text(is)})`
}

function endText({ name, was, is, reason }: BuildDifference['ends'][number]): string {
  const ends = `${name}: ${was.replaceAll('-', ' ')} -> ${is.replaceAll('-', ' ')}`
  return reason === undefined ? ends : `${ends}, ${reasonText(reason)}`
}

function durationText({ name, was, is }: Changed<number>): string {
  return `${name}: ${longDuration(was)} -> ${longDuration(is)}`
}
