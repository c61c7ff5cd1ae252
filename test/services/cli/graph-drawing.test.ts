import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { fork, graph } from './graph-trees.ts'

test('a drawing has a node for each task, an edge for each dependency, and tells their kinds apart', (t) => {
  const rig = new MillraceRig(t, fork)
  const dot = graph(t, rig)
  t.regex(dot, /^digraph millrace \{\n/)
  t.regex(dot, /\n\}\n$/)
  t.regex(dot, /^ {2}t5 \[label="all", shape=ellipse, style=dashed\]$/m)
  t.regex(dot, /^ {2}t0 -> t1 \[color=red, penwidth=3\]$/m)
  t.regex(dot, /^ {2}t4 -> t3 \[style=dashed\]$/m)
  t.is(dot.match(/^ {2}t\d+ \[/gm)!.length, 6)
  t.is(dot.match(/ -> /g)!.length, 5)
  t.is(graph(t, rig, 'b').match(/^ {2}t\d+ \[/gm)!.length, 2)
})

const oddNames = [
  'with "quotes"',
  'back\\slash\\',
  'a&amp;b <c>',
  '`tick` #35; {x} [y] (z)|',
  '1. list',
  'größe→',
  'end',
]

/** A JSON graph in which one task makes each of the odd names, and the next one reads it. */
function oddGraph(): string {
  const tasks = oddNames.map((name, i) => ({
    id: name,
    command: 'true',
    inputs: i === 0 ? [] : [oddNames[i - 1]],
    outputs: [name],
  }))
  return JSON.stringify({ tasks })
}

test('whatever a file is called, the dot language stays well-formed and the label shows the name', (t) => {
  const rig = new MillraceRig(t, { 'millrace.json': oddGraph() })
  const dot = graph(t, rig)
  const string = /"(?:[^"\\\n]|\\[\\"n])*"/
  const value = new RegExp(`(?:${string.source}|[\\w.]+)`)
  const attributes = `\\[\\w+=${value.source}(?:, \\w+=${value.source})*\\]`
  const statement = new RegExp(
    `^ {2}(?:t\\d+(?: -> t\\d+)?(?: ${attributes})?|node ${attributes}|\\w+=${value.source})$`,
  )
  for (const line of dot.split('\n').slice(1, -2)) t.regex(line, statement)
  const labels = [...dot.matchAll(/^ {2}t\d+ \[label="((?:[^"\\]|\\.)*)"/gm)].map(([, label]) =>
    label!.replace(/\\(.)/g, '$1').replaceAll('&amp;', '&'),
  )
  t.deepEqual(labels, oddNames)
})

test('whatever a file is called, the flowchart stays well-formed and the label shows the name', (t) => {
  const rig = new MillraceRig(t, { 'millrace.json': oddGraph() })
  const chart = graph(t, rig, '--format', 'mermaid')
  const statement =
    /^(?:%% .*|flowchart LR| {2}t\d+\["[\p{L}\p{N}_./+#;-]*"\](?::::critical)?| {2}t\d+ --> t\d+| {2}(?:linkStyle [\d,]+|classDef critical) stroke:red,stroke-width:3px)$/u
  for (const line of chart.trimEnd().split('\n')) t.regex(line, statement)
  const labels = [...chart.matchAll(/^ {2}t\d+\["(.*)"\]/gm)].map(([, label]) =>
    label!.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))),
  )
  t.deepEqual(labels, oddNames)
})

test('the flowchart draws phony tasks round, order-only edges dashed, and the critical path red', (t) => {
  const rig = new MillraceRig(t, fork)
  const chart = graph(t, rig, '--format', 'mermaid')
  t.regex(chart, /^ {2}t5\(\["all"\]\)$/m)
  const links = [...chart.matchAll(/^ {2}(t\d+ -\S+ t\d+)$/gm)].map(([, link]) => link)
  const styled = (style: string) => {
    const [, places] = new RegExp(`^ {2}linkStyle ([\\d,]+) ${style}$`, 'm').exec(chart)!
    return places!.split(',').map((place) => links[Number(place)])
  }
  t.deepEqual(styled('stroke-dasharray:8 4'), ['t4 -.-> t3'])
  t.deepEqual(styled('stroke:red,stroke-width:3px'), ['t0 --> t1', 't1 --> t3'])
})
