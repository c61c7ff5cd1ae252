import type { Coupling, FanOut } from '../../../machines/graph/coupling.ts'
import { shownName } from '../../../machines/graph/dependency-cycle.ts'
import { tableLines } from './table-lines.ts'
import type { WantedGraph } from './wanted-graph.ts'

/** Fan-out and fan-in as two tables of at most `countMax` rows each. */
export function couplingLines(
  { fanOut, fanIn }: Coupling,
  { use, tasks }: WantedGraph,
  countMax: number,
): readonly string[] {
  const nameOf = ({ of }: FanOut) => ('file' in of ? use.paths[of.file]! : tasks.graph.tasks[of.task]!.id)
  return [
    'fan-out: how many tasks have to be looked at again when it changes',
    ...tableLines(
      ['transitive', 'direct', '>kind', '>file or task'],
      fanOut
        .slice(0, countMax)
        .map((one) => [
          String(one.transitive),
          String(one.direct),
          'file' in one.of ? 'file' : 'task',
          shownName(nameOf(one)),
        ]),
    ),
    ...rest(fanOut.length - countMax),
    '',
    'fan-in: how many files a task reads, and how many of them only its last run told',
    ...tableLines(
      ['inputs', 'discovered', '>task'],
      fanIn
        .slice(0, countMax)
        .map(({ task, inputs, discovered }) => [
          String(inputs),
          String(discovered),
          shownName(tasks.graph.tasks[task]!.id),
        ]),
    ),
    ...rest(fanIn.length - countMax),
  ]
}

function rest(count: number): readonly string[] {
  return count > 0 ? [`... and ${count} more (--top <n> shows more)`] : []
}
