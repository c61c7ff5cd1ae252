import type { TaskNumber } from './build-graph.ts'

/** Calls `visit` with each task that `task` waits for. */
export type EachDependency = (task: TaskNumber, visit: (maker: TaskNumber) => void) => void

/** At most this many tasks of a cycle are named in a message; a longer one is cut in its middle. */
const cycleNamesMax = 40

/**
 * The tasks of one cycle that can be reached from `roots`, each waiting for the next and the last for the first;
 * `undefined` when there is none. Linear in what the roots wait for, without recursion.
 */
export function dependencyCycle(
  roots: Iterable<TaskNumber>,
  eachDependency: EachDependency,
): readonly TaskNumber[] | undefined {
  const seen = new Set<TaskNumber>()
  const onPath = new Set<TaskNumber>()
  const stack: { readonly task: TaskNumber; readonly makers: TaskNumber[] }[] = []
  const enter = (task: TaskNumber) => {
    const makers: TaskNumber[] = []
    eachDependency(task, (maker) => makers.push(maker))
    seen.add(task)
    onPath.add(task)
    stack.push({ task, makers: makers.reverse() })
  }
  for (const root of roots) {
    if (!seen.has(root)) enter(root)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const maker = top.makers.pop()
      if (maker === undefined) {
        onPath.delete(top.task)
        stack.pop()
      } else if (onPath.has(maker)) {
        const path = stack.map(({ task }) => task)
        return path.slice(path.indexOf(maker))
      } else if (!seen.has(maker)) enter(maker)
    }
  }
  return undefined
}

/**
 * One line for people: `dependency cycle: a -> b -> a`.
 *
 * @param ids of the tasks that `dependencyCycle` found, in its order
 */
export function cycleMessage(ids: readonly string[]): string {
  const names = [...ids, ids[0]!].map(shownName)
  const left = names.length - cycleNamesMax
  if (left <= 0) return `dependency cycle: ${names.join(' -> ')}`
  const half = cycleNamesMax / 2
  return `dependency cycle: ${[...names.slice(0, half), `(${left} more)`, ...names.slice(-half)].join(' -> ')}`
}

/** A name on one line: as it is where that is clear, else in quotes with escapes. */
export function shownName(name: string): string {
  return /^[^\s\p{Cc}"]{1,200}$/u.test(name) ? name : JSON.stringify(name.slice(0, 200))
}
