import test, { type ExecutionContext } from 'ava'
import type { WorkerStatus } from '../../events/worker-status.ts'
import type { WorkerRegistry } from '../../infra/worker-registry/worker-registry.ts'
import { until } from '../rig/until.ts'

export function workerStatus(id: string, changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    id,
    host: 'mill',
    pid: 7,
    version: '0.2.0',
    pool: 'default',
    slots: 4,
    running: [{ buildId: 'a', task: 3, attempt: 1 }],
    platform: { fingerprint: 'f', os: 'linux', arch: 'x64', labels: { gpu: 'none' } },
    isDraining: false,
    startedAt: 1,
    trees: [`${'0'.repeat(64)}/12`],
    sandbox: 'none',
    ...changes,
  }
}

/**
 * Runs what every worker registry guarantees.
 *
 * @param open opens the same registry again with each call, as another process would
 */
export function workerRegistryConformance(
  adapter: string,
  makeRig: (t: ExecutionContext) => { open(): Promise<WorkerRegistry> },
): void {
  const on = (title: string, run: (t: ExecutionContext, open: () => Promise<WorkerRegistry>) => Promise<void>) =>
    test(`${adapter}: ${title}`, async (t) => {
      const rig = makeRig(t)
      await run(t, () => rig.open())
    })

  on('who begins to watch hears of all workers at once, as they described themselves', async (t, open) => {
    const workers = await open()
    const announcements = ['w2', 'w1'].map((id) => workers.announce(() => workerStatus(id)))
    const watch = (await open()).watch()
    await until('both are heard of', () => watch.workers().length === 2, 900)
    t.deepEqual(watch.workers(), [workerStatus('w1'), workerStatus('w2')])
    await Promise.all(announcements.map((announcement) => announcement.close()))
    watch.close()
  })

  on('a worker that comes and one that changes are told of once each', async (t, open) => {
    const watch = (await open()).watch()
    const told: (readonly [string, number])[] = []
    watch.onChange(({ id, slots }) => told.push([id, slots]))
    let slots = 1
    const announcement = (await open()).announce(() => workerStatus('w', { slots }))
    await until('it is told of', () => told.length === 1)
    announcement.changed()
    slots = 2
    announcement.changed()
    announcement.changed()
    await until('the change is told of', () => told.length === 2)
    t.deepEqual(told, [
      ['w', 1],
      ['w', 2],
    ])
    t.is(watch.workers()[0]?.slots, 2)
    await announcement.close()
    watch.close()
  })

  on('a worker that says goodbye is lost at once, and is not heard of again', async (t, open) => {
    const watch = (await open()).watch()
    const lost: string[] = []
    watch.onLost((id) => lost.push(id))
    const registry = await open()
    const [going, staying] = ['going', 'staying'].map((id) => registry.announce(() => workerStatus(id)))
    await until('both are heard of', () => watch.workers().length === 2)
    await going!.close()
    await going!.close()
    going!.changed()
    await until('it is lost', () => lost.length === 1)
    staying!.changed()
    t.deepEqual([lost, watch.workers().map(({ id }) => id)], [['going'], ['staying']])
    await staying!.close()
    watch.close()
  })

  on('a worker stays while it announces itself', async (t, open) => {
    const watch = (await open()).watch()
    const lost: string[] = []
    watch.onLost((id) => lost.push(id))
    let announced = 0
    const announcement = (await open()).announce(() => {
      announced++
      return workerStatus('w')
    })
    await until('it has announced itself for longer than a silent one is kept', () => announced > 6)
    t.deepEqual([lost, watch.workers().length], [[], 1])
    await announcement.close()
    watch.close()
  })

  on('callbacks that were ended and watches that were closed tell nothing', async (t, open) => {
    const [watch, other] = [(await open()).watch(), (await open()).watch()]
    watch.onChange(() => t.fail('it was ended'))()
    watch.onLost(() => t.fail('it was ended'))()
    const closed = (await open()).watch()
    closed.onChange(() => t.fail('it was closed'))
    closed.close()
    closed.close()
    const announcement = (await open()).announce(() => workerStatus('w'))
    await until('others hear of it', () => watch.workers().length + other.workers().length === 2)
    await announcement.close()
    await until('others have lost it', () => watch.workers().length + other.workers().length === 0)
    t.deepEqual(closed.workers(), [])
    watch.close()
    other.close()
  })
}
