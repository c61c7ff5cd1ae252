import type { LastResults } from '../../events/last-results.ts'
import type { BuildGraph, Task, TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'

/** By task: the tasks that make files which its last run read beyond its declared inputs. */
export type Discovered = ReadonlyMap<TaskNumber, readonly TaskNumber[]>

/**
 * Adds to the graph that a task waits for the makers of the files which its last run read. A dependency that would close
 * a cycle comes from an older form of the graph; it is left out.
 */
export function addDiscovered(tasks: TaskGraph, results: LastResults): Discovered {
  const found = findDiscovered(tasks, results)
  if (found.size === 0) return new Map()
  let place = placesOf(tasks)
  const kept = new Map<TaskNumber, TaskNumber[]>()
  for (const [task, makers] of found)
    for (const maker of makers) {
      // Along the order that holds so far no cycle can arise; against it, it takes a closer look.
      const isAlongOrder = place[maker]! >= 0 && place[maker]! < place[task]!
      if (!isAlongOrder && tasks.closure([maker])[task] === 1) continue
      tasks.addDependency(task, maker)
      if (!isAlongOrder) place = placesOf(tasks)
      const list = kept.get(task)
      if (list === undefined) kept.set(task, [maker])
      else list.push(maker)
    }
  return kept
}

function findDiscovered(tasks: TaskGraph, results: LastResults): Map<TaskNumber, Set<TaskNumber>> {
  const found = new Map<TaskNumber, Set<TaskNumber>>()
  const makerOf = new Map<number, TaskNumber | undefined>()
  for (let task = 0; task < tasks.graph.tasks.length; task++) {
    const { id, command } = tasks.graph.tasks[task]!
    const last = command === undefined ? undefined : results.of(id)
    if (last === undefined) continue
    for (const number of last.discovered) {
      if (!makerOf.has(number)) makerOf.set(number, tasks.makerOfPath(results.version(number)[0]))
      const maker = makerOf.get(number)
      if (maker === undefined || maker === task) continue
      const makers = found.get(task)
      if (makers === undefined) found.set(task, new Set([maker]))
      else makers.add(maker)
    }
  }
  return found
}

/** By task: its place in a topological order; -1 on a cycle and behind one. */
function placesOf(tasks: TaskGraph): Int32Array {
  const count = tasks.graph.tasks.length
  const places = new Int32Array(count).fill(-1)
  for (const [place, task] of tasks.order(new Uint8Array(count).fill(1)).entries()) places[task] = place
  return places
}

/**
 * The targets, with `file^` replaced by the first task that was found to read the file where no task declares to read it
 * (a header). Others stay as they are.
 */
export function withDiscoveredReaders(
  targets: readonly string[],
  { files, tasks }: BuildGraph,
  results: LastResults,
): readonly string[] {
  if (!targets.some((target) => target.endsWith('^'))) return targets
  const declared = new Set(files)
  return targets.map((target) => {
    const path = target.slice(0, -1)
    if (!target.endsWith('^') || declared.has(path)) return target
    const reads = ({ id }: Task) => results.of(id)?.discovered.some((number) => results.version(number)[0] === path)
    return tasks.find(reads)?.id ?? target
  })
}
