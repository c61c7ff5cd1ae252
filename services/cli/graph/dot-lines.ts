import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import { type EdgeKind, eachEdge } from '../../../machines/graph/task-edges.ts'
import { longDuration } from '../progress/duration-text.ts'
import { CriticalMarks } from './critical-marks.ts'
import { criticalPathLine } from './critical-path-text.ts'
import type { WantedGraph } from './wanted-graph.ts'

const styles: Readonly<Record<EdgeKind, string>> = {
  input: '',
  discovered: 'style=dotted',
  'order-only': 'style=dashed',
}

const criticalStyle = 'color=red, penwidth=3'

/**
 * The graph in Graphviz's language (https://graphviz.org/doc/info/lang.html). Nodes are named by number, so that what
 * a file is called matters only in the label, and a large graph stays small.
 */
export function* dotLines(wanted: WantedGraph): Generator<string> {
  const marks = new CriticalMarks(wanted.criticalPath)
  yield 'digraph millrace {'
  yield '  rankdir=LR'
  yield `  label="${dotText(criticalPathLine(wanted.criticalPath))}"`
  yield '  node [shape=box]'
  for (const task of wanted.order) {
    const { id, command } = wanted.tasks.graph.tasks[task]!
    const ms = wanted.durationMs(task)
    const attributes = [
      `label="${dotText(id)}${ms === undefined ? '' : `\\n${longDuration(ms)}`}"`,
      command === undefined ? 'shape=ellipse, style=dashed' : '',
      marks.hasTask(task) ? criticalStyle : '',
    ]
    yield `  t${task} [${joined(attributes)}]`
  }
  for (const task of wanted.order) yield* edgeLines(wanted, task, marks)
  yield '}'
}

function edgeLines({ use }: WantedGraph, task: TaskNumber, marks: CriticalMarks): readonly string[] {
  const lines: string[] = []
  eachEdge(use, task, (maker, kind) => {
    const attributes = joined([styles[kind], marks.hasEdge(maker, task) ? criticalStyle : ''])
    lines.push(`  t${maker} -> t${task}${attributes === '' ? '' : ` [${attributes}]`}`)
  })
  return lines
}

function joined(attributes: readonly string[]): string {
  return attributes.filter((attribute) => attribute !== '').join(', ')
}

/** Text as it stands in a label: escapes and HTML entities are read there, and a terminal is not to see control characters. */
function dotText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replace(/\p{Cc}/gu, '\u{fffd}')
}
