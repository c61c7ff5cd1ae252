import test, { type ExecutionContext } from 'ava'
import type { LeaseHolder, LeaseProcess, LeaseStore } from '../../infra/lease/lease-store.ts'
import type { ProcessIdentity } from '../../infra/process-table/process-table.ts'

/** One set of leases of its own for a test, and processes to hold them. */
export interface LeaseStoreRig {
  /** Opens the same leases again with each call. */
  open(): LeaseStore | Promise<LeaseStore>
  /** Two processes that run as long as the test does. */
  readonly running: readonly [LeaseProcess, LeaseProcess]
  /** Identity of a process that has ended. */
  readonly ended: LeaseProcess
  /** Has that process acquire a lease and end without giving it back; resolves once the store given knows. */
  abandon(leases: LeaseStore, key: string, gone: LeaseHolder): Promise<void>
}

/** For stores that look whether a holder's process runs: whoever acquires in its name, it is gone. */
export async function abandonInItsName(leases: LeaseStore, key: string, gone: LeaseHolder): Promise<void> {
  await leases.acquire(key, gone)
}

/** Runs what every lease store guarantees. */
export function leaseStoreConformance(
  adapter: string,
  makeRig: (t: ExecutionContext) => LeaseStoreRig | Promise<LeaseStoreRig>,
): void {
  const on = (title: string, run: (t: ExecutionContext, rig: LeaseStoreRig) => Promise<void>) =>
    test(`${adapter}: ${title}`, async (t) => run(t, await makeRig(t)))

  on('a lease that nobody holds is acquired, and nothing was left behind', async (t, rig) => {
    const leases = await rig.open()
    t.deepEqual(await leases.acquire('tree', holder(rig.running[0])), { state: 'acquired' })
    await leases.close()
  })

  on('a lease is held against others, and against its own holder, until it is released', async (t, rig) => {
    const [one, two] = [await rig.open(), await rig.open()]
    const [first, second] = [holder(rig.running[0], 'build-1'), holder(rig.running[1], 'build-2')]
    await one.acquire('tree', first)
    t.deepEqual(await two.acquire('tree', second), { state: 'held', by: first })
    t.deepEqual(await one.acquire('tree', first), { state: 'held', by: first })
    await one.release('tree', first)
    t.deepEqual(await two.acquire('tree', second), { state: 'acquired' })
    await one.close()
    await two.close()
  })

  on('leases with different keys do not meet', async (t, rig) => {
    const leases = await rig.open()
    await leases.acquire('tree-1', holder(rig.running[0]))
    t.deepEqual(await leases.acquire('tree-2', holder(rig.running[1])), { state: 'acquired' })
    await leases.close()
  })

  on('whoever acquires the lease of one that has ended inherits its note, until the update', async (t, rig) => {
    const leases = await rig.open()
    const [heir, other] = [holder(rig.running[0], 'build-2'), holder(rig.running[1], 'build-3')]
    const gone: LeaseHolder = {
      process: rig.ended,
      note: { buildId: 'build-1', guard: noted(7), helpers: [noted(8), noted(9)] },
    }
    await rig.abandon(leases, 'tree', gone)
    t.deepEqual(await leases.acquire('tree', heir), { state: 'acquired', previous: gone })
    t.deepEqual(await leases.acquire('tree', other), { state: 'held', by: { ...heir, note: gone.note } })
    await leases.update('tree', heir)
    t.deepEqual(await leases.acquire('tree', other), { state: 'held', by: heir })
    await leases.close()
  })

  on('a lease whose holder runs on another host stays held', async (t, rig) => {
    const leases = await rig.open()
    const far = holder({ ...rig.ended, host: 'another-host' })
    await leases.acquire('tree', far)
    t.deepEqual(await leases.acquire('tree', holder(rig.running[0])), { state: 'held', by: far })
    await leases.close()
  })

  on('the list has every lease that was not given back, and says whose holder is gone', async (t, rig) => {
    const leases = await rig.open()
    const [alive, gone] = [holder(rig.running[0], 'build-1'), holder(rig.ended, 'build-2')]
    t.deepEqual(await leases.list(), [])
    await rig.abandon(leases, 'tree-2', gone)
    await leases.acquire('tree-1', alive)
    await leases.acquire('tree-3', alive)
    await leases.release('tree-3', alive)
    const known = [
      { key: 'tree-1', holder: alive, isAlive: true },
      { key: 'tree-2', holder: gone, isAlive: false },
    ]
    t.deepEqual(await leases.list(), known)
    t.deepEqual(await leases.list(), known)
    await leases.close()
  })

  on('an updated note is what others see', async (t, rig) => {
    const leases = await rig.open()
    const first = holder(rig.running[0], 'build-1')
    await leases.acquire('tree', first)
    const updated: LeaseHolder = { ...first, note: { buildId: 'build-1', helpers: [noted(8)] } }
    await leases.update('tree', updated)
    t.deepEqual(await leases.acquire('tree', holder(rig.running[1])), { state: 'held', by: updated })
    await leases.release('tree', first)
    t.deepEqual(await leases.acquire('tree', holder(rig.running[1])), { state: 'acquired' })
    await leases.close()
  })

  on("a lease of another's is neither updated nor released", async (t, rig) => {
    const leases = await rig.open()
    const [first, second] = [holder(rig.running[0], 'build-1'), holder(rig.running[1], 'build-2')]
    await leases.acquire('tree', first)
    await t.throwsAsync(leases.update('tree', second), { message: /no longer held/ })
    await t.throwsAsync(leases.update('free', second), { message: /no longer held/ })
    await leases.release('tree', second)
    await leases.release('free', second)
    t.deepEqual(await leases.acquire('tree', second), { state: 'held', by: first })
    await leases.close()
  })
}

function holder(process: LeaseProcess, buildId?: string): LeaseHolder {
  return { process, note: buildId === undefined ? {} : { buildId } }
}

function noted(pid: number): ProcessIdentity {
  return { pid, startTicks: 100 + pid }
}
