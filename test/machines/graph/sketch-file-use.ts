import { FileUse } from '../../../machines/graph/file-use.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { sketchGraph, type TaskSketch } from '../sketch-graph.ts'

/** By task id: what its last run read beyond its declared inputs. */
export type Discovered = Readonly<Record<string, readonly string[]>>

/** The use of files in a whole sketched graph; a task waits for an earlier one when its last run read what that makes. */
export function sketchFileUse(sketches: readonly TaskSketch[], discovered: Discovered = {}): FileUse {
  const tasks = new TaskGraph(sketchGraph(sketches))
  const paths = Object.values(discovered).flat()
  for (const [task, { id }] of sketches.entries())
    for (const path of discovered[id] ?? []) {
      const maker = tasks.makerOfPath(path)
      if (maker !== undefined && maker < task) tasks.addDependency(task, maker)
    }
  const results = {
    of: (id: string) => {
      const read = discovered[id]
      return read === undefined ? undefined : { discovered: read.map((path) => paths.indexOf(path)) }
    },
    version: (number: number): readonly [string] => [paths[number]!],
  }
  return new FileUse(tasks, tasks.order(new Uint8Array(sketches.length).fill(1)), results)
}

/** A program of two objects with a generated header, which one of them was found to read, and a phony name for it. */
export const program: readonly TaskSketch[] = [
  { id: 'version.h', in: ['version.txt'] },
  { id: 'headers', in: ['version.h'], phony: true },
  { id: 'main.o', in: ['main.c'], orderOnly: ['headers'] },
  { id: 'part.o', in: ['part.c'], orderOnly: ['version.h'] },
  { id: 'app', in: ['main.o', 'part.o'] },
  { id: 'all', in: ['app'], phony: true },
]
export const programReads: Discovered = { 'main.o': ['base.h', 'version.h'], 'part.o': ['base.h'] }
