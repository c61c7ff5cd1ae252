import test, { type ExecutionContext } from 'ava'
import {
  type FreeLease,
  type KvLeaseStore,
  type KvLeaseStoreOptions,
  openKvLeaseStore,
} from '../../../infra/lease/kv-lease-store.ts'
import type { LeaseHolder, LeaseProcess, LeaseStore } from '../../../infra/lease/lease-store.ts'
import { LeaseStoreError } from '../../../infra/lease/lease-store-error.ts'
import { leaseStoreConformance } from '../../conformance/lease-store.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { until } from '../../rig/until.ts'
import { connected, scratchStreams } from '../nats/scratch-streams.ts'

/** Short, and long enough for a machine under load. */
const times = { renewMs: 100, lapseMs: 2_000 }

const server = await NatsServer.started()
test.after.always(() => server.remove())

async function opened(t: ExecutionContext, options: KvLeaseStoreOptions): Promise<KvLeaseStore> {
  const leases = await openKvLeaseStore({ ...times, ...options })
  t.teardown(() => leases.close())
  return leases
}

/** Opens stores that share leases, each with a connection of its own, as processes have. */
async function stores(t: ExecutionContext, on = server) {
  const prefix = await scratchStreams(await connected(t, on))
  return async () => opened(t, { connection: await connected(t, on), prefix })
}

function named(pid: number): LeaseProcess {
  return { host: 'here', pid, startTicks: 1 }
}

function holder(pid: number, buildId = `build-${pid}`): LeaseHolder {
  return { process: named(pid), note: { buildId } }
}

async function isKnownGone(leases: LeaseStore, key: string): Promise<boolean> {
  return (await leases.list()).some((lease) => lease.key === key && !lease.isAlive)
}

leaseStoreConformance('NATS', async (t) => {
  const open = await stores(t)
  const abandon = async (leases: LeaseStore, key: string, gone: LeaseHolder) => {
    const other = await open()
    await other.acquire(key, gone)
    await other.close()
    await until('the lease lapses', () => isKnownGone(leases, key))
  }
  return { open, running: [named(1), named(2)], ended: named(3), abandon }
})

test('a lease that is renewed does not lapse; when its holder stops, it does, and others are told', async (t) => {
  const open = await stores(t)
  const [one, two] = [await open(), await open()]
  const told: FreeLease[] = []
  two.watchLapsed((lease) => told.push(lease))
  t.is((await one.acquire('build', holder(1))).state, 'acquired')
  t.is((await one.acquire('other', holder(1))).state, 'acquired')
  await one.close()
  const three = await open()
  await three.acquire('kept', holder(3))
  await until('both are told of', () => new Set(told.map(({ key }) => key)).size === 2)
  t.true(told.every(({ reason }) => reason === 'lapsed'))
  t.deepEqual(await two.acquire('build', holder(2)), { state: 'acquired', previous: holder(1) })
  t.is((await two.acquire('kept', holder(2))).state, 'held')
  await until('what nobody takes is told of again', () => told.filter(({ key }) => key === 'other').length >= 2)
  t.false(told.some(({ key }) => key === 'kept'))
})

test('a lease that is given back is told of at once, also one with odd characters', async (t) => {
  const open = await stores(t)
  const [one, two] = [await open(), await open()]
  const told: FreeLease[] = []
  const stop = two.watchLapsed((lease) => told.push(lease))
  const key = '/home/é tree=(1)*.x'
  await one.acquire(key, holder(1))
  t.deepEqual(
    (await two.list()).map((lease) => lease.key),
    [key],
  )
  await one.release(key, holder(1))
  await until('it is told of', () => told.length === 1)
  t.deepEqual(told, [{ key, reason: 'released' }])
  stop()
  await one.acquire(key, holder(1))
  await one.release(key, holder(1))
  t.deepEqual(await two.acquire(key, holder(2)), { state: 'acquired' })
  t.is(told.length, 1)
})

test('of many stores that want a lapsed lease at once, one gets it', async (t) => {
  const open = await stores(t)
  const contenders = await Promise.all(Array.from({ length: 6 }, () => open()))
  const first = await open()
  await first.acquire('build', holder(100))
  await first.close()
  for (const contender of contenders) await until('it lapses', () => isKnownGone(contender, 'build'))
  const answers = await Promise.all(contenders.map((contender, i) => contender.acquire('build', holder(i + 1))))
  t.is(answers.filter(({ state }) => state === 'acquired').length, 1)
})

test('a store that was just opened takes no lease before it has listened for long enough', async (t) => {
  const open = await stores(t)
  const one = await open()
  await one.acquire('build', holder(1))
  await one.close()
  const two = await open()
  t.is((await two.acquire('build', holder(2))).state, 'held')
  const lapsed = new Promise<FreeLease>((resolve) => two.watchLapsed(resolve))
  t.deepEqual(await lapsed, { key: 'build', reason: 'lapsed' })
  t.is((await two.acquire('build', holder(2))).state, 'acquired')
})

test('a holder whose server is silent knows that its lease is lost, before anybody may take it', async (t) => {
  const own = await NatsServer.started()
  t.teardown(() => own.remove())
  const connection = await connected(t, own)
  const one = await opened(t, { connection, prefix: await scratchStreams(connection), answerMs: 500 })
  const lost: string[] = []
  one.onLost((key) => lost.push(key))
  await one.acquire('build', holder(1))
  const silentMs = performance.now()
  await own.signal('SIGSTOP')
  await until('it is lost', () => lost.length > 0)
  t.true(performance.now() - silentMs < times.lapseMs + 1_000)
  t.deepEqual(lost, ['build'])
  await t.throwsAsync(one.acquire('other', holder(1)), { instanceOf: LeaseStoreError, message: /NATS does not answer/ })
  await own.signal('SIGCONT')
})

test('leases outlive a restart of the server that is short enough', async (t) => {
  const own = await NatsServer.started()
  t.teardown(() => own.remove())
  const connection = await connected(t, own)
  const prefix = await scratchStreams(connection)
  const patient = { renewMs: 200, lapseMs: 8_000 }
  const one = await openKvLeaseStore({ connection, prefix, ...patient })
  t.teardown(() => one.close())
  const two = await openKvLeaseStore({ connection: await connected(t, own), prefix, ...patient })
  t.teardown(() => two.close())
  const lost: string[] = []
  one.onLost((key) => lost.push(key))
  await one.acquire('build', holder(1))
  await own.signal('SIGKILL')
  await own.start()
  await until('it is renewed', async () => {
    const state = await two.acquire('build', holder(2)).catch(() => undefined)
    return state?.state === 'held'
  })
  t.deepEqual(lost, [])
  await one.release('build', holder(1))
  t.is((await two.acquire('build', holder(2))).state, 'acquired')
})

test('a lease that was taken away is lost to its holder', async (t) => {
  const open = await stores(t)
  const [one, two] = [await open(), await open()]
  const lost = new Promise<string>((resolve) => one.onLost(resolve))
  await one.acquire('build', holder(1))
  await two.release('build', holder(1))
  t.is(await lost, 'build')
  await t.throwsAsync(one.update('build', holder(1)), { instanceOf: LeaseStoreError, message: /no longer held/ })
})

test('a server without the streams is refused, with the mend', async (t) => {
  const connection = await connected(t, server)
  await t.throwsAsync(openKvLeaseStore({ connection, prefix: 'never' }), {
    instanceOf: LeaseStoreError,
    message: "leases: NATS lacks Millrace's streams; start a coordinator, which sets them up",
  })
})
