import test from 'ava'
import { eachEdge } from '../../../machines/graph/task-edges.ts'
import { type Discovered, program, programReads, sketchFileUse } from './sketch-file-use.ts'

function edges(discovered?: Discovered): readonly string[] {
  const use = sketchFileUse(program, discovered)
  const found: string[] = []
  for (const task of use.order)
    eachEdge(use, task, (maker, kind) => found.push(`${program[maker]!.id} -${kind}- ${program[task]!.id}`))
  return found.sort()
}

test('edges go from maker to reader, and order-only ones say so', (t) => {
  t.deepEqual(edges(), [
    'app -input- all',
    'headers -order-only- main.o',
    'main.o -input- app',
    'part.o -input- app',
    'version.h -input- headers',
    'version.h -order-only- part.o',
  ])
})

test('a dependency that a run discovered is an edge, and counts for more than an order-only one', (t) => {
  t.deepEqual(
    edges({ ...programReads, 'part.o': ['version.h'] }).filter((edge) => edge.startsWith('version.h')),
    ['version.h -discovered- main.o', 'version.h -discovered- part.o', 'version.h -input- headers'],
  )
})

test('two tasks are joined by one edge, however many files join them', (t) => {
  const use = sketchFileUse([
    { id: 'both', out: ['x', 'y'] },
    { id: 'reader', in: ['x', 'y', 'x'], orderOnly: ['y'] },
  ])
  const found: string[] = []
  eachEdge(use, 1, (maker, kind) => found.push(`${maker} ${kind}`))
  t.deepEqual(found, ['0 input'])
})
