import test from 'ava'
import { createActor } from 'xstate'
import type { TaskEvent } from '../../events/task-events.ts'
import { retryDelayMs, startTaskActor, taskMachine } from '../../machines/task-machine.ts'

const end = { task: 0, worker: 'w', at: 0, phases: { queueMs: 0, fetchMs: 0, runMs: 0, storeMs: 0 } }
const letters = (attempt: number): readonly TaskEvent[] => [
  { type: 'task-up-to-date', task: 0 },
  { type: 'task-queued', task: 0, command: '', inputs: [], reason: { kind: 'no-record' } },
  { type: 'task-started', task: 0, attempt, worker: 'w', at: 0 },
  { type: 'task-succeeded', ...end, attempt, discovered: [], outputs: [] },
  { type: 'task-attempt-failed', ...end, attempt, failure: { kind: 'user', message: '' } },
  { type: 'task-attempt-failed', ...end, attempt, failure: { kind: 'worker-lost', message: '' } },
  { type: 'tasks-cancelled', tasks: [0, 1] },
  { type: 'tasks-skipped', tasks: [0, 1] },
  { type: 'files-digested', files: [] },
]

test('remembered transitions are those of the machine, for every event in every state that can be reached', (t) => {
  const paths: (readonly TaskEvent[])[] = [[]]
  let visited = 0
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const events = [1, 2, 3, 4].flatMap(letters)
    for (const event of events) {
      const remembered = startTaskActor({ retriesMax: 1 })
      const interpreted = createActor(taskMachine, { input: { retriesMax: 1 } }).start()
      for (const former of path) {
        remembered.send(former)
        interpreted.send(former)
      }
      const can = interpreted.getSnapshot().can(event)
      t.is(remembered.can(event), can)
      interpreted.send(event)
      t.is(remembered.send(event), can)
      const [mine, theirs] = [remembered.getSnapshot(), interpreted.getSnapshot()]
      t.deepEqual([mine.value, mine.context, mine.status], [theirs.value, theirs.context, theirs.status])
      if (can && mine.status === 'active') paths.push([...path, event])
      visited++
    }
  }
  t.true(visited > 100)
})

test('an attempt is tried again after 100 ms, doubled each time, at most 10 s', (t) => {
  t.deepEqual([2, 3, 4, 8, 9, 50].map(retryDelayMs), [100, 200, 400, 6400, 10_000, 10_000])
})
