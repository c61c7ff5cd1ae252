import test from 'ava'
import { affectedTasks } from '../../../machines/graph/affected-tasks.ts'
import type { TaskSketch } from '../sketch-graph.ts'
import { type Discovered, program, programReads, sketchFileUse } from './sketch-file-use.ts'

function affected(paths: readonly string[], sketches: readonly TaskSketch[], discovered?: Discovered) {
  const use = sketchFileUse(sketches, discovered)
  const found = affectedTasks(
    use,
    paths.map((path) => use.file(path)!),
  )
  return found.map((task) => sketches[task]!.id)
}

test('a source reaches its readers and, in build order, all that is made from what they make', (t) => {
  t.deepEqual(affected(['main.c'], program), ['main.o', 'app'])
  t.deepEqual(affected(['part.c', 'main.c'], program), ['part.o', 'main.o', 'app'])
  t.deepEqual(affected(['app'], program), [])
})

test('a header that last runs read reaches those tasks, though none declares it', (t) => {
  t.deepEqual(affected(['base.h'], program, programReads), ['part.o', 'main.o', 'app'])
})

test('an order-only dependency passes nothing on unless the last run did read the file', (t) => {
  t.deepEqual(affected(['version.txt'], program), ['version.h'])
  t.deepEqual(affected(['version.txt'], program, programReads), ['version.h', 'main.o', 'app'])
})

test('a phony task passes a change on and is not counted', (t) => {
  const sketches = [
    { id: 'made', in: ['source'] },
    { id: 'group', in: ['made', 'other'], phony: true },
    { id: 'user', in: ['group'] },
  ]
  t.deepEqual(affected(['other'], sketches), ['user'])
  t.deepEqual(affected(['source'], sketches), ['made', 'user'])
})

test('what a task read of its own making, or of what is made after it, is left out', (t) => {
  const chain = [
    { id: 'a', in: ['source'] },
    { id: 'b', in: ['a'] },
  ]
  t.deepEqual(affected(['b'], chain, { a: ['b', 'a'], b: ['b'] }), [])
})
