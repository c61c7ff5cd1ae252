import test from 'ava'
import type { TaskOrder } from '../../../../events/task-order.ts'
import type { TaskReport } from '../../../../events/task-report.ts'
import type { WorkerStatus } from '../../../../events/worker-status.ts'
import { systemClock } from '../../../../infra/clock/clock.ts'
import { MemoryTaskQueue } from '../../../../infra/task-queue/memory-task-queue.ts'
import type { WorkerWatch } from '../../../../infra/worker-registry/worker-registry.ts'
import { type DispatchedBuild, DispatchHub } from '../../../../services/coordinator/replica/dispatch-hub.ts'
import { until } from '../../../rig/until.ts'

/** Workers that come and go as the test says. */
class HandWatch implements WorkerWatch {
  readonly #workers = new Map<string, WorkerStatus>()
  #onChange = (_: WorkerStatus) => {}
  #onLost = (_: string) => {}

  come(id: string, slots = 1, more: Partial<WorkerStatus> = {}): void {
    const status: WorkerStatus = {
      id,
      host: 'h',
      pid: 1,
      version: '1',
      pool: 'default',
      slots,
      running: [],
      platform: { fingerprint: 'p', os: 'linux', arch: 'x64', labels: {} },
      isDraining: false,
      startedAt: 0,
      trees: [],
      sandbox: 'bubblewrap',
      ...more,
    }
    this.#workers.set(id, status)
    this.#onChange(status)
  }

  go(id: string): void {
    this.#workers.delete(id)
    this.#onLost(id)
  }

  workers(): readonly WorkerStatus[] {
    return [...this.#workers.values()]
  }

  onChange(callback: (status: WorkerStatus) => void): () => void {
    this.#onChange = callback
    return () => {}
  }

  onLost(callback: (workerId: string) => void): () => void {
    this.#onLost = callback
    return () => {}
  }

  malformed(): number {
    return 0
  }

  close(): void {}
}

class HubRig {
  readonly watch = new HandWatch()
  readonly sent: string[] = []
  readonly absorbed: TaskReport[] = []
  readonly told: string[] = []
  readonly hub: DispatchHub

  constructor() {
    const queue = new MemoryTaskQueue()
    queue.publish = (order) => {
      this.sent.push(`${order.buildId} ${order.task}.${order.attempt} to ${order.worker}`)
    }
    this.hub = new DispatchHub({ queue, workers: this.watch, clock: systemClock, policy: 'least-loaded' })
  }

  begin(buildId: string, more: Partial<DispatchedBuild> = {}): void {
    this.hub.begin({
      buildId,
      project: buildId,
      priority: 0,
      pool: 'default',
      platform: 'p',
      sources: 's',
      rank: Float64Array.from([1, 2, 3, 4]),
      stage: (order) => order,
      absorb: (report) => this.absorbed.push(report),
      warn: (message) => this.told.push(message),
      fail: (error) => {
        throw error
      },
      ...more,
    })
  }

  hold(buildId: string, ...tasks: readonly number[]): void {
    for (const task of tasks) this.hub.hold({ buildId, task, attempt: 1 } as TaskOrder)
  }

  report(type: 'attempt-started' | 'attempt-succeeded', buildId: string, task: number, worker: string): void {
    const phases = { queueMs: 0, fetchMs: 0, runMs: 1000, storeMs: 0 }
    this.hub.reported({ type, buildId, task, attempt: 1, worker, at: 0, phases } as unknown as TaskReport)
  }

  /** What was sent since the last call, once it is as many. */
  async took(count: number): Promise<readonly string[]> {
    await until(`${count} orders are sent`, () => this.sent.length >= count)
    return this.sent.splice(0)
  }
}

test('only as many tasks are given out as there are slots, the highest rank first', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.hold('b', 0, 1, 2, 3)
  rig.watch.come('w', 2)
  t.deepEqual(await rig.took(2), ['b 3.1 to w', 'b 2.1 to w'])
  t.deepEqual(rig.hub.standing('b'), { taken: 2, waiting: [1, 0], because: 'all 2 slots of pool default are taken' })
  rig.report('attempt-succeeded', 'b', 3, 'w')
  t.deepEqual(await rig.took(1), ['b 1.1 to w'])
})

test('what a lost worker had begun has failed, and what it had not goes to another', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.hold('b', 0, 1)
  rig.watch.come('one', 2)
  await rig.took(2)
  rig.report('attempt-started', 'b', 1, 'one')
  rig.watch.go('one')
  t.deepEqual(
    rig.absorbed.map((report) => [report.type, report.task, 'failure' in report ? report.failure.kind : '']),
    [['attempt-failed', 1, 'worker-lost']],
  )
  rig.watch.come('two')
  t.deepEqual(await rig.took(1), ['b 0.1 to two'])
})

test('workers of another pool or platform, and those about to stop, get nothing', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.hold('b', 0)
  rig.watch.come('gpu', 1, { pool: 'gpu' })
  t.is(rig.hub.standing('b').because, 'pool default has no worker')
  rig.watch.come('old', 1, { platform: { fingerprint: 'q', os: 'linux', arch: 'x64', labels: {} } })
  t.is(rig.hub.standing('b').because, 'pool default has no worker of platform p; the nearest is q (linux)')
  rig.watch.come('tired', 1, { isDraining: true })
  t.is(rig.hub.standing('b').because, 'all workers of pool default are about to stop')
  rig.watch.come('right')
  t.deepEqual(await rig.took(1), ['b 0.1 to right'])
})

test('two builds share a worker, and what other coordinators have it run counts', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.begin('c')
  rig.hold('b', 0, 1, 2)
  rig.hold('c', 0, 1, 2)
  rig.watch.come('w', 5, { running: [{ buildId: 'elsewhere', task: 0, attempt: 1 }] })
  t.deepEqual([...(await rig.took(4))].sort(), ['b 1.1 to w', 'b 2.1 to w', 'c 1.1 to w', 'c 2.1 to w'])
})

test('a build that has ended frees its slots, and what waited of it is dropped', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.begin('c')
  rig.watch.come('w')
  rig.hold('b', 0, 1)
  await rig.took(1)
  rig.hold('c', 0)
  rig.hub.end('b')
  t.deepEqual(await rig.took(1), ['c 0.1 to w'])
})

test('a task that failed on a worker without its own doing goes to another, if there is one', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.watch.come('a')
  rig.hold('b', 0)
  await rig.took(1)
  const failure = { kind: 'infrastructure', message: 'no disk' }
  const phases = { queueMs: 0, fetchMs: 0, runMs: 0, storeMs: 0 }
  const failed = { type: 'attempt-failed', buildId: 'b', task: 0, attempt: 1, worker: 'a', at: 0, phases, failure }
  rig.hub.reported(failed as unknown as TaskReport)
  rig.watch.come('z')
  rig.hub.hold({ buildId: 'b', task: 0, attempt: 2 } as TaskOrder)
  t.deepEqual(await rig.took(1), ['b 0.2 to z'])
})

test('a worker that begins anew under its name has lost what it had', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.watch.come('w')
  rig.hold('b', 0)
  await rig.took(1)
  rig.report('attempt-started', 'b', 0, 'w')
  rig.watch.come('w', 1, { startedAt: 99 })
  t.is(rig.absorbed.length, 1)
})

test('a build for which no worker is left says so, once', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.watch.come('w')
  rig.hold('b', 0, 1)
  await rig.took(1)
  rig.watch.go('w')
  rig.watch.come('other', 1, { platform: { fingerprint: 'q', os: 'linux', arch: 'x64', labels: {} } })
  await until('it is told', () => rig.told.length > 0)
  t.is(rig.told.length, 1)
  t.regex(rig.told[0]!, /pool default has no worker/)
})

test('an attempt that is held twice takes one slot', async (t) => {
  const rig = new HubRig()
  rig.begin('b')
  rig.watch.come('w', 2)
  rig.hold('b', 0)
  await rig.took(1)
  rig.hold('b', 0)
  await rig.took(1)
  rig.report('attempt-succeeded', 'b', 0, 'w')
  rig.hold('b', 1, 2)
  t.is((await rig.took(2)).length, 2)
})
