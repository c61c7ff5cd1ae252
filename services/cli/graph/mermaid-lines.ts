import { type EdgeKind, eachEdge } from '../../../machines/graph/task-edges.ts'
import { longDuration } from '../progress/duration-text.ts'
import { CriticalMarks } from './critical-marks.ts'
import { criticalPathLine } from './critical-path-text.ts'
import type { WantedGraph } from './wanted-graph.ts'

const arrows: Readonly<Record<EdgeKind, string>> = { input: '-->', discovered: '-.->', 'order-only': '-.->' }

const criticalStyle = 'stroke:red,stroke-width:3px'

/** The graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Nodes are named by number. */
export function* mermaidLines(wanted: WantedGraph): Generator<string> {
  const marks = new CriticalMarks(wanted.criticalPath)
  const { tasks } = wanted.tasks.graph
  yield `%% ${criticalPathLine(wanted.criticalPath)}`
  yield 'flowchart LR'
  for (const task of wanted.order) {
    const { id, command } = tasks[task]!
    const ms = wanted.durationMs(task)
    const label = `"${mermaidText(id)}${ms === undefined ? '' : `<br/>${longDuration(ms)}`}"`
    yield `  t${task}${command === undefined ? `([${label}])` : `[${label}]`}${marks.hasTask(task) ? ':::critical' : ''}`
  }
  // Links have no names: styles speak of them by their place, and the last one said of a link replaces others.
  const links = new Map<string, number[]>()
  let count = 0
  for (const task of wanted.order) {
    const lines: string[] = []
    eachEdge(wanted.use, task, (maker, kind) => {
      const style = [
        kind === 'order-only' ? 'stroke-dasharray:8 4' : '',
        marks.hasEdge(maker, task) ? criticalStyle : '',
      ].filter((part) => part !== '')
      const key = style.join(',')
      const places = links.get(key)
      if (places === undefined) links.set(key, [count])
      else places.push(count)
      count++
      lines.push(`  t${maker} ${arrows[kind]} t${task}`)
    })
    yield* lines
  }
  for (const [style, places] of links) if (style !== '') yield `  linkStyle ${places.join(',')} ${style}`
  yield `  classDef critical ${criticalStyle}`
}

/** Text as it stands in a quoted label: whatever might mean something there (Markdown too) by its number. */
function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N}_./+-]/gu, (character) => `#${character.codePointAt(0)};`)
}
