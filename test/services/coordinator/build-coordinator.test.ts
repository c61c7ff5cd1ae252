import test from 'ava'
import { chainStart, encodeCommit } from '../../../events/commit.ts'
import { EventLogError } from '../../../infra/event-log/event-log.ts'
import { MemorySourceTree } from '../../../infra/source-tree/memory-source-tree.ts'
import { CoordinatorFenced } from '../../../services/coordinator/build-coordinator.ts'
import { sketchGraph } from '../../machines/sketch-graph.ts'
import { until } from '../../rig/until.ts'
import { buildId, CoordinatorBench } from './coordinator-bench.ts'

const two = sketchGraph([
  { id: 'a', in: ['source'] },
  { id: 'b', in: ['a'] },
])
const wide = sketchGraph(Array.from({ length: 12 }, (_, task) => ({ id: `t${task}` })))

test('a build runs from its request to its end, and the log holds every step once, in a chain', async (t) => {
  const bench = new CoordinatorBench(two)
  const ended = bench.run()
  await bench.takes(1)
  bench.succeed(0)
  await bench.takes(2)
  bench.succeed(1)
  await ended
  t.is(bench.phase, 'succeeded')
  t.deepEqual(
    (await bench.stored()).map(({ type }) => type),
    [
      'build-requested',
      'build-planned',
      'build-started',
      'files-digested',
      'surroundings-noted',
      'task-queued',
      'task-started',
      'files-digested',
      'task-succeeded',
      'task-queued',
      'task-started',
      'files-digested',
      'task-succeeded',
      'build-succeeded',
    ],
  )
  let prev = chainStart
  for (const [i, commit] of bench.commits.entries()) {
    t.like(commit, { version: i + 1, epoch: 1, prev })
    prev = encodeCommit(commit).hash
  }
})

test('nothing is told, dispatched or stopped before the commit that it follows from is stored', async (t) => {
  const bench = new CoordinatorBench(two)
  bench.log.isHeld = true
  const ended = bench.run()
  for (const version of [1, 2]) {
    await until(`commit ${version} is on its way`, () => bench.log.begun.includes(version))
    await bench.quiet()
    t.deepEqual([bench.commits.length, bench.taken.length], [version - 1, 0])
    bench.log.release()
    bench.log.isHeld = true
  }
  await bench.takes(1)
  bench.coordinator.cancel('interrupted')
  await until('the cancellation is on its way', () => bench.log.begun.includes(3))
  await bench.quiet()
  t.deepEqual([bench.commits.length, bench.aborted.length], [2, 0])
  bench.log.release()
  await ended
  t.deepEqual([bench.phase, bench.aborted], ['cancelled', [0]])
})

test('reports that come while a commit is on its way join the next one', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 3 })
  const ended = bench.run()
  await bench.takes(3)
  bench.log.isHeld = true
  bench.succeed(0)
  await until('a commit is on its way', () => bench.log.begun.includes(3))
  bench.succeed(1)
  bench.succeed(2)
  await bench.quiet()
  t.deepEqual(bench.log.begun, [1, 2, 3])
  bench.log.release()
  await bench.takes(6)
  const ends = bench.commits.map(({ events }) => events.filter(({ type }) => type === 'task-succeeded').length)
  t.deepEqual(ends, [0, 0, 1, 2])
  bench.coordinator.cancel('interrupted')
  await ended
})

test('while the workers have enough to do, short attempts share commits, for a few ms at most', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 2 })
  const ended = bench.run()
  const short = { phases: { queueMs: 0, fetchMs: 0, runMs: 1, storeMs: 0 } }
  await bench.takes(2)
  bench.succeed(0, short)
  await bench.takes(3)
  // From now on more is dispatched than there are slots.
  await bench.quiet()
  const before = bench.commits.length
  for (const task of [1, 2, 3, 4]) bench.succeed(task, short)
  await bench.quiet()
  t.is(bench.commits.length, before, 'none for as long as the clock stands')
  bench.clock.advance(8)
  await bench.quiet()
  t.is(bench.commits.length, before + 1)
  t.is(bench.commits.at(-1)!.events.filter(({ type }) => type === 'task-succeeded').length, 4)
  bench.coordinator.cancel('interrupted')
  await ended
  t.is(bench.clock.waiting, 0)
})

test('a failure does not wait for others to share its commit', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 2, failuresMax: 0 })
  const ended = bench.run()
  const short = { phases: { queueMs: 0, fetchMs: 0, runMs: 1, storeMs: 0 } }
  await bench.takes(2)
  for (const task of [0, 1]) {
    bench.succeed(task, short)
    await bench.takes(task + 3)
  }
  await bench.quiet()
  bench.succeed(2, short)
  bench.fail(3, short)
  await until('the failure is stored', () => bench.status(3) === 'failed')
  await bench.takes(6)
  t.is(bench.status(2), 'succeeded')
  bench.coordinator.cancel('interrupted')
  await ended
})

test('who finds another’s commit in the place of its own is fenced: it stops all its work and tells nothing more', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 2 })
  const ended = bench.run()
  await bench.takes(2)
  const last = bench.commits.at(-1)!
  bench.log.append(encodeCommit({ ...last, version: last.version + 1, prev: encodeCommit(last).hash, events: [] }))
  bench.succeed(0)
  await t.throwsAsync(ended, { instanceOf: CoordinatorFenced, message: `another process took over build ${buildId}` })
  t.deepEqual([bench.aborted, bench.commits.length], [[1], 2])
  const { length } = bench.taken
  bench.queue.report(bench.succeeded(1))
  bench.coordinator.cancel('interrupted')
  bench.clock.advance(60_000)
  await bench.quiet()
  t.deepEqual([bench.log.begun.length, bench.taken.length], [4, length])
})

test('a log that can not be written ends the build with its error, and all work is stopped', async (t) => {
  for (const isHeld of [false, true]) {
    const bench = new CoordinatorBench(wide, { slots: 2 })
    const ended = bench.run()
    await bench.takes(2)
    bench.log.isHeld = isHeld
    bench.log.failure = new EventLogError('the disk is full')
    bench.succeed(0)
    await until('the commit is on its way', () => bench.log.begun.includes(3))
    bench.log.release()
    await t.throwsAsync(ended, { is: bench.log.failure })
    t.deepEqual([bench.aborted, bench.commits.length, bench.taken.length], [[1], 2, 2])
  }
})

test('an error while a commit is on its way lets nothing begin that would follow from the commit', async (t) => {
  const failing = Promise.withResolvers<void>()
  const graph = sketchGraph([{ id: 'a', in: ['source'] }, { id: 'b', in: ['large'] }, { id: 'c' }])
  const bench = new CoordinatorBench(graph, {
    slots: 3,
    tree: (files) => {
      const tree = new MemorySourceTree(files)
      const look = tree.look.bind(tree)
      return Object.assign(tree, { look: (path: string) => (path === 'large' ? failing.promise : look(path)) })
    },
  })
  const ended = bench.run()
  await until('the build is requested', () => bench.log.begun.length > 0)
  bench.log.isHeld = true
  await until('the first orders wait for their commit', () => bench.log.begun.includes(2))
  const error = new Error('large can not be read')
  failing.reject(error)
  await t.throwsAsync(ended, { is: error })
  bench.log.release()
  await bench.quiet()
  t.deepEqual([bench.taken.length, bench.commits.length, bench.log.begun.length], [0, 1, 2])
})

test('a build that is cancelled while it is being planned ends as cancelled, and runs nothing', async (t) => {
  const planning = Promise.withResolvers<void>()
  const bench = new CoordinatorBench(two, { planned: planning.promise })
  const ended = bench.run()
  await until('the request is stored', () => bench.commits.length > 0)
  bench.coordinator.cancel('superseded')
  await ended
  planning.resolve()
  await bench.quiet()
  t.deepEqual([bench.phase, bench.taken.length, bench.commits.length], ['cancelled', 0, 2])
  t.like((await bench.stored()).at(-1), { type: 'build-cancelled', reason: 'superseded' })
})

test('a build that is cancelled before it has begun is requested and cancelled', async (t) => {
  const bench = new CoordinatorBench(two)
  const ended = bench.run()
  bench.coordinator.cancel('interrupted')
  await ended
  t.deepEqual(
    (await bench.stored()).map(({ type }) => type),
    ['build-requested', 'build-cancelled'],
  )
})

test('a build that is cancelled while tasks run counts those that had not ended, and those under way are aborted', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 2 })
  const ended = bench.run()
  await bench.takes(2)
  bench.succeed(0)
  await bench.takes(3)
  bench.start(1)
  bench.coordinator.cancel('interrupted')
  await ended
  t.deepEqual(bench.aborted.sort(), [1, 2])
  const [tasks, build] = (await bench.stored()).slice(-2)
  t.deepEqual(tasks, { type: 'tasks-cancelled', tasks: [1, 11] })
  t.like(build, { type: 'build-cancelled', counts: { total: 12, run: 1, cancelled: 11 } })
})

test('cancelling a build that has ended does nothing', async (t) => {
  const bench = new CoordinatorBench(two, { upToDate: [0, 1] })
  await bench.run()
  const before = bench.commits.length
  bench.coordinator.cancel('interrupted')
  await bench.quiet()
  t.deepEqual([bench.phase, bench.commits.length], ['succeeded', before])
})

const lost = { failure: { kind: 'worker-lost', message: 'gone' } } as const

test('a failed attempt that may be tried again is, after its delay', async (t) => {
  const bench = new CoordinatorBench(two)
  const ended = bench.run()
  await bench.takes(1)
  bench.fail(0, lost)
  await until('a retry waits', () => bench.clock.waiting === 1)
  bench.clock.advance(99)
  await bench.quiet()
  t.is(bench.taken.length, 1)
  bench.clock.advance(1)
  await bench.takes(2)
  t.like(bench.taken[1], { task: 0, attempt: 2, dispatchedAt: bench.clock.now() })
  bench.succeed(0, { attempt: 2 })
  await bench.takes(3)
  bench.succeed(1)
  await ended
  t.is(bench.phase, 'succeeded')
})

test('a retry that waits when its build ends, in any way, is called off', async (t) => {
  for (const end of ['cancelled', 'fenced', 'unwritable'] as const) {
    const bench = new CoordinatorBench(wide, { slots: 2 })
    const ended = bench.run()
    await bench.takes(2)
    bench.fail(0, lost)
    await until('a retry waits', () => bench.clock.waiting > 0)
    if (end === 'cancelled') bench.coordinator.cancel('interrupted')
    else {
      const last = bench.commits.at(-1)!
      if (end === 'fenced') bench.log.append(encodeCommit({ ...last, version: last.version + 1, events: [] }))
      else bench.log.failure = new EventLogError('the disk is full')
      bench.fail(1, lost)
    }
    if (end === 'cancelled') await ended
    else await t.throwsAsync(ended)
    t.is(bench.clock.waiting, 0, end)
    const { length } = bench.taken
    bench.clock.advance(60_000)
    await bench.quiet()
    t.is(bench.taken.length, length, end)
  }
})

const withDyndep = sketchGraph([{ id: 'dd' }, { id: 'user', dyndep: 'dd' }, { id: 'more' }], { defaults: ['user'] })

test('a dyndep file that is made during the build is read, and what it says is heeded', async (t) => {
  const bench = new CoordinatorBench(withDyndep)
  const ended = bench.run()
  await bench.takes(1)
  bench.files.write('dd', 'ninja_dyndep_version = 1\nbuild user | extra: dyndep | more\n')
  bench.start(0)
  bench.queue.report(bench.succeeded(0))
  bench.free(0)
  await bench.takes(2)
  t.is(bench.taken[1]!.task, 2, 'wanted now')
  bench.succeed(2)
  await bench.takes(3)
  t.deepEqual(bench.taken[2]!.outputs, ['user', 'extra'])
  bench.succeed(1)
  await ended
  t.is(bench.phase, 'succeeded')
  t.true((await bench.stored()).some(({ type }) => type === 'dyndep-loaded'))
})

test('a dyndep file that can not be used fails the build, with a message that names it, and stops the rest', async (t) => {
  const graph = sketchGraph([{ id: 'dd' }, { id: 'user', dyndep: 'dd' }, { id: 'other' }])
  const bench = new CoordinatorBench(graph, { slots: 2 })
  const ended = bench.run()
  await bench.takes(2)
  bench.files.write('dd', 'ninja_dyndep_version = 1\n')
  bench.start(0)
  bench.queue.report(bench.succeeded(0))
  await ended
  t.is(bench.phase, 'failed')
  t.like((await bench.stored()).at(-1), {
    type: 'build-failed',
    message: "dd: does not mention 'user', which has it as its dyndep",
  })
  t.true(bench.aborted.includes(2))
})

test('an order that the failure limit has made pointless is never begun', async (t) => {
  const bench = new CoordinatorBench(wide, { slots: 1 })
  const ended = bench.run()
  const short = { phases: { queueMs: 0, fetchMs: 0, runMs: 1, storeMs: 0 } }
  await bench.takes(1)
  bench.succeed(0, short)
  await bench.takes(2)
  bench.fail(1, short)
  await ended
  t.deepEqual([bench.phase, bench.taken.length], ['failed', 2])
  t.like((await bench.stored()).at(-1), { counts: { run: 1, failed: 1, skipped: 10 } })
})
