import test from 'ava'
import fc from 'fast-check'
import type { BuildEvent } from '../../events/build-events.ts'
import { isMade } from '../../machines/begin-plan.ts'
import { type BuildState, newBuildState, phaseOf, statusOf, taskCounts } from '../../machines/build-state.ts'
import { step } from '../../machines/step.ts'
import { type Drive, driveBuild, summarize } from './random-driver.ts'
import { sketchGraph, type TaskSketch } from './sketch-graph.ts'

const pools = { narrow: 1, wide: 2, free: 0 }

const sketches = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 4 }),
      orderOnly: fc.array(fc.nat(), { maxLength: 2 }),
      pool: fc.constantFrom(undefined, undefined, 'narrow', 'wide', 'free', 'console'),
      retries: fc.nat({ max: 2 }),
      priority: fc.integer({ min: -3, max: 3 }),
      isPhony: fc.nat({ max: 4 }),
    }),
    { maxLength: 30 },
  )
  .map((tasks) =>
    tasks.map(({ needs, orderOnly, pool, retries, priority, isPhony }, number): TaskSketch => {
      const earlier = (picks: readonly number[]) => (number === 0 ? [] : picks.map((pick) => `t${pick % number}`))
      return {
        id: `t${number}`,
        in: earlier(needs),
        orderOnly: earlier(orderOnly),
        phony: isPhony === 0,
        retries,
        priority,
        ...(pool === undefined ? {} : { pool }),
      }
    }),
  )

const drives: fc.Arbitrary<Drive> = fc.record(
  {
    graph: sketches.map((tasks) => sketchGraph(tasks, { pools })),
    slots: fc.integer({ min: 1, max: 5 }),
    failuresMax: fc.nat({ max: 3 }),
    policy: fc.constantFrom('fifo', 'priority', 'critical-path'),
    dice: fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
    resumeAfter: fc.nat({ max: 40 }),
    cancelAfter: fc.nat({ max: 60 }),
  },
  { requiredKeys: ['graph', 'slots', 'failuresMax', 'policy', 'dice'] },
)

test('random builds keep order, slots and pools, end exactly once and replay to the same state', (t) => {
  fc.assert(
    fc.property(drives, (drive) => {
      const { state, log } = driveBuild(drive, (now, event) => checkState(drive, now, event))
      const ends = log.filter(({ type }) => /^build-(succeeded|failed|cancelled)$/.test(type))
      if (ends.length !== 1 || ends[0] !== log.at(-1)) throw new Error(`the build ended ${ends.length} times`)
      checkEnd(state, log.at(-1)!)
      const again = newBuildState(state.buildId, () => drive.graph)
      for (const event of log) step(again, event)
      t.deepEqual(summarize(again), summarize(state))
    }),
    { numRuns: 600 },
  )
  t.pass()
})

function checkState(drive: Drive, state: BuildState, event: BuildEvent): void {
  const plan = state.plan
  if (plan === undefined) return
  const underWayMax = Number.isNaN(plan.meanRunMs) ? drive.slots : 5 * drive.slots
  if (plan.actors.size > underWayMax) throw new Error('more tasks are under way than there are slots')
  for (const [name, depth] of Object.entries({ ...pools, console: 1 })) {
    const under = [...plan.actors.keys()].filter((task) => drive.graph.tasks[task]!.pool === name).length
    if (depth > 0 && under > depth) throw new Error(`${under} tasks of pool ${name} are under way`)
    if (depth > 0 && phaseOf(state) === 'running' && plan.pools.get(name)!.taken !== under)
      throw new Error(`pool ${name} counts wrongly`)
  }
  if (event.type === 'task-queued' || event.type === 'task-started')
    plan.tasks.eachDependency(event.task, (maker) => {
      if (!isMade(plan, maker)) throw new Error(`task ${event.task} runs before task ${maker} is made`)
    })
}

function checkEnd(state: BuildState, end: BuildEvent): void {
  const counts = taskCounts(state)
  if (!('counts' in end) || JSON.stringify(end.counts) !== JSON.stringify(counts)) throw new Error('counts differ')
  const { total, upToDate, run, failed, skipped, cancelled } = counts
  if (total !== upToDate + run + failed + skipped + cancelled) throw new Error('a task has not ended')
  if (end.type === 'build-succeeded' && failed + skipped + cancelled > 0) throw new Error('succeeded with failures')
  if (end.type === 'build-failed' && failed === 0) throw new Error('failed without a failure')
  const plan = state.plan
  if (plan === undefined || end.type !== 'build-succeeded') return
  for (let task = 0; task < plan.status.length; task++)
    if (!isMade(plan, task)) throw new Error(`task ${task} is ${statusOf(plan, task)} after success`)
}
