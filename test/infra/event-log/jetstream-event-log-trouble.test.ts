import { jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import test, { type ExecutionContext } from 'ava'
import { sha256Hex } from '../../../events/digest.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { AttachmentDamage, EventLogError } from '../../../infra/event-log/event-log.ts'
import { type JetStreamEventLog, openJetStreamEventLog } from '../../../infra/event-log/jetstream-event-log.ts'
import { jetStreamHealth } from '../../../infra/nats/jetstream-health.ts'
import { streams } from '../../../infra/nats/streams.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { connected, scratchStreams } from '../nats/scratch-streams.ts'
import { all, buildA, buildB, chain } from './sample-commits.ts'

const server = await NatsServer.started()
test.after.always(() => server.remove())

interface Rig {
  readonly connection: NatsConnection
  readonly log: JetStreamEventLog
  /** Takes stored messages away, as damage would. */
  purge(kind: 'builds' | 'attachments', subject: string): Promise<void>
  readonly prefix: string
}

async function rig(t: ExecutionContext): Promise<Rig> {
  const connection = await connected(t, server)
  const prefix = await scratchStreams(connection)
  const manager = await jetstreamManager(connection)
  const purge = async (kind: 'builds' | 'attachments', subject: string) => {
    await manager.streams.purge(streams(prefix)[kind].name, { filter: `${prefix}.${kind}.${subject}` })
  }
  return { connection, log: await openJetStreamEventLog({ connection, prefix }), purge, prefix }
}

/** A server of the test's own, to be stopped and killed. */
async function ownServer(t: ExecutionContext) {
  const own = await NatsServer.started()
  t.teardown(() => own.remove())
  const connection = await connected(t, own)
  return { own, connection, prefix: await scratchStreams(connection) }
}

for (const length of [20, 700])
  test(`a commit that is missing in the middle of ${length} ends the reading with its version`, async (t) => {
    const { log, purge } = await rig(t)
    const commits = chain(buildA, length)
    for (const commit of commits) await log.append(commit)
    await purge('builds', `${buildA}.12`)
    const seen: number[] = []
    const error = await t.throwsAsync(
      async () => {
        for await (const { version } of log.read(buildA)) seen.push(version)
      },
      { instanceOf: LogDamage },
    )
    t.is(error.version, 12)
    t.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    t.is(await log.storageDamage(), `commit 12 of build ${buildA} is missing`)
  })

test('a build that was removed leaves the others readable, and positions are not used again', async (t) => {
  const { log, purge } = await rig(t)
  for (const commit of chain(buildA, 5)) await log.append(commit)
  for (const commit of chain(buildB, 5)) await log.append(commit)
  await purge('builds', `${buildB}.*`)
  t.is((await all(log.readAfter(0))).length, 5)
  t.deepEqual(await all(log.builds()), [{ buildId: buildA, lastVersion: 5 }])
  t.is(await log.append(chain(buildA, 6)[5]!), 'appended')
  t.is(await log.position(), 11)
  t.is(await log.storageDamage(), undefined)
})

test('of two logs that race for every version, each version has one winner', async (t) => {
  const { log, connection, prefix } = await rig(t)
  const other = await openJetStreamEventLog({ connection, prefix })
  const [mine, theirs] = [chain(buildA, 60, 'mine'), chain(buildA, 60, 'theirs')]
  for (const [i, commit] of mine.entries()) {
    const results = await Promise.all([log.append(commit), other.append(theirs[i]!)])
    t.deepEqual(results.sort(), ['appended', 'conflict'])
  }
  t.is((await all(log.read(buildA))).length, 60)
})

test('appends that are not waited for are stored in order, and none behind one that is refused', async (t) => {
  const { log } = await rig(t)
  const commits = chain(buildA, 30)
  t.deepEqual(
    new Set(await Promise.all(commits.slice(0, 20).map((commit) => log.append(commit)))),
    new Set(['appended']),
  )
  const [refused, behind] = await Promise.all([log.append(commits[21]!), log.append(commits[22]!)])
  t.deepEqual([refused, behind], ['conflict', 'conflict'])
  t.is((await all(log.read(buildA))).length, 20)
})

test('an append whose answer got lost is known to be stored, also while others wait', async (t) => {
  const { own, connection, prefix } = await ownServer(t)
  const log = await openJetStreamEventLog({ connection, prefix, answerMs: 50 })
  const commits = chain(buildA, 4)
  await log.append(commits[0]!)
  await own.signal('SIGSTOP')
  const appends = commits.slice(1).map((commit) => log.append(commit))
  await t.throwsAsync(jetStreamHealth(connection, 400, { prefix }))
  await own.signal('SIGCONT')
  t.deepEqual(await Promise.all(appends), ['appended', 'appended', 'appended'])
  t.deepEqual(await all(log.read(buildA)), commits)
})

test('a server that stays silent is an error that names the mend', async (t) => {
  const { own, connection, prefix } = await ownServer(t)
  const log = await openJetStreamEventLog({ connection, prefix, deadlineMs: 300, answerMs: 100 })
  await own.signal('SIGSTOP')
  const expected = { instanceOf: EventLogError, message: /^event log: NATS does not answer.*; start it/ }
  await t.throwsAsync(log.append(chain(buildA, 1)[0]!), expected)
  await t.throwsAsync(all(log.read(buildA)), expected)
  await t.throwsAsync(log.attach(Buffer.from('x')), expected)
  await own.signal('SIGCONT')
})

test('appends and reads go on behind a server that is killed and started again', async (t) => {
  const { own, connection, prefix } = await ownServer(t)
  const log = await openJetStreamEventLog({ connection, prefix })
  const commits = chain(buildA, 1500)
  for (const commit of commits.slice(0, 900)) await log.append(commit)
  const read: number[] = []
  for await (const { version } of log.read(buildA)) {
    read.push(version)
    if (version === 100) {
      await own.signal('SIGKILL')
      await own.start()
    }
  }
  t.is(read.length, 900)
  const restarted = (async () => {
    await own.signal('SIGKILL')
    await own.start()
  })()
  for (const commit of commits.slice(900)) t.is(await log.append(commit), 'appended')
  await restarted
  t.deepEqual(await all(log.read(buildA)), commits)
})

test('a server without the streams is refused, with the mend', async (t) => {
  const connection = await connected(t, server)
  await t.throwsAsync(openJetStreamEventLog({ connection, prefix: 'never' }), {
    instanceOf: EventLogError,
    message: "event log: NATS lacks Millrace's streams; start a coordinator, which sets them up",
  })
})

test('an attachment without one of its chunks, or with another content, is damaged', async (t) => {
  const { log, purge, connection, prefix } = await rig(t)
  const digest = await log.attach(Buffer.alloc(1_500_000, 'chunks '))
  await purge('attachments', `*.1`)
  await t.throwsAsync(log.attachment(digest), { instanceOf: AttachmentDamage, message: /is missing from chunk 1 on/ })
  const wrong = `${sha256Hex('right')}/5`
  await connection.request(`${prefix}.attachments.${wrong.replace('/', '-')}.0`, 'wrong')
  await t.throwsAsync(log.attachment(wrong), { instanceOf: AttachmentDamage, message: /is not what was stored/ })
  const described = headers()
  described.set('Millrace-Codec', 'zstd')
  const unreadable = `${sha256Hex('other')}/5`
  await connection.request(`${prefix}.attachments.${unreadable.replace('/', '-')}.0`, 'wrong', {
    headers: described,
    timeout: 5_000,
  })
  await t.throwsAsync(log.attachment(unreadable), { instanceOf: AttachmentDamage, message: /is not what was stored/ })
})

test('a large commit whose attachment is gone is damage of the log', async (t) => {
  const { log, purge } = await rig(t)
  for (const commit of chain(buildA, 2, 'x'.repeat(300_000))) await log.append(commit)
  await purge('attachments', `>`)
  const error = await t.throwsAsync(all(log.read(buildA)), { instanceOf: LogDamage })
  t.is(error.version, 1)
  t.regex((await log.storageDamage())!, /^commit 1 of build .* is damaged: attachment .* is missing$/)
})

test('a commit that is not what its hash says is found', async (t) => {
  const { log, connection, prefix } = await rig(t)
  await log.append(chain(buildA, 1)[0]!)
  await connection.request(`${prefix}.builds.${buildA}.2`, 'not a commit')
  t.is(await log.storageDamage(), `commit 2 of build ${buildA} is not what was stored`)
})
