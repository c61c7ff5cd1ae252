import test, { type ExecutionContext } from 'ava'
import type { StoredCommit } from '../../events/commit.ts'
import { digestOf } from '../../events/digest.ts'
import { AttachmentDamage, type EventLog } from '../../infra/event-log/event-log.ts'
import { all, buildA, buildB, buildC, chain } from '../infra/event-log/sample-commits.ts'

/** One log of its own for a test. */
export interface EventLogRig {
  /** Opens the same log again with each call. */
  open(): EventLog | Promise<EventLog>
}

/** Runs what every event log guarantees. */
export function eventLogConformance(
  adapter: string,
  makeRig: (t: ExecutionContext) => EventLogRig | Promise<EventLogRig>,
): void {
  const on = (title: string, run: (t: ExecutionContext, rig: EventLogRig) => Promise<void>) =>
    test(`${adapter}: ${title}`, async (t) => run(t, await makeRig(t)))

  on('commits come back in order, byte for byte', async (t, rig) => {
    const log = await rig.open()
    const commits = chain(buildA, 600)
    for (const commit of commits) t.is(await log.append(commit), 'appended')
    t.deepEqual(await all(log.read(buildA)), commits)
    t.deepEqual(await all(log.read(buildA, 599)), commits.slice(598))
    t.deepEqual(await all(log.read(buildA, 601)), [])
    await log.close()
  })

  on('a version that is there already is a conflict and stays as it was', async (t, rig) => {
    const log = await rig.open()
    const [first, second] = chain(buildA, 2)
    await log.append(first!)
    await log.append(second!)
    t.is(await log.append({ ...first!, hash: 'other' }), 'conflict')
    t.is(await log.append(second!), 'conflict')
    t.deepEqual(await all(log.read(buildA)), [first!, second!])
    await log.close()
  })

  on(
    'storage that nothing happened to has no damage, empty or not, also while somebody else has it open',
    async (t, rig) => {
      const [one, two] = [await rig.open(), await rig.open()]
      t.is(await one.storageDamage(), undefined)
      for (const commit of chain(buildA, 100)) await one.append(commit)
      t.is(await one.storageDamage(), undefined)
      t.is(await two.storageDamage(), undefined)
      await one.close()
      await two.close()
    },
  )

  on('a commit without the one before it is a conflict', async (t, rig) => {
    const log = await rig.open()
    const [first, , third] = chain(buildA, 3)
    t.is(await log.append(third!), 'conflict')
    await log.append(first!)
    t.is(await log.append(third!), 'conflict')
    t.is(await log.append({ ...first!, version: 0 }), 'conflict')
    t.deepEqual(await all(log.read(buildA)), [first!])
    await log.close()
  })

  on('of two openers that append the same version, the second gets a conflict', async (t, rig) => {
    const [one, two] = [await rig.open(), await rig.open()]
    for (const commit of chain(buildA, 20)) {
      const [winner, loser] = commit.version % 2 === 0 ? [one, two] : [two, one]
      t.is(await winner.append(commit), 'appended')
      t.is(await loser.append(commit), 'conflict')
    }
    t.deepEqual(await all(one.read(buildA)), await all(two.read(buildA)))
    await one.close()
    await two.close()
  })

  on('a log that was never written to is empty', async (t, rig) => {
    const log = await rig.open()
    t.deepEqual(await all(log.read(buildA)), [])
    t.deepEqual(await all(log.readAfter(0)), [])
    t.deepEqual(await all(log.builds()), [])
    t.is(await log.position(), 0)
    await log.close()
  })

  on('builds do not touch each other', async (t, rig) => {
    const log = await rig.open()
    const [a, b] = [chain(buildA, 3), chain(buildB, 3)]
    for (let i = 0; i < 3; i++) for (const commit of [a[i]!, b[i]!]) t.is(await log.append(commit), 'appended')
    t.deepEqual(await all(log.read(buildA)), a)
    t.deepEqual(await all(log.read(buildB)), b)
    await log.close()
  })

  on('readAfter gives the commits of all builds in the order stored', async (t, rig) => {
    const log = await rig.open()
    const [a, b] = [chain(buildA, 400), chain(buildB, 400)]
    const stored: StoredCommit[] = []
    for (let i = 0; i < 400; i++) stored.push(b[i]!, a[i]!)
    for (const commit of stored) await log.append(commit)
    const read = await all(log.readAfter(0))
    t.deepEqual(
      read.map(({ position: _, ...commit }) => commit),
      stored,
    )
    t.true(read.every((commit, i) => i === 0 || commit.position > read[i - 1]!.position))
    t.is(await log.position(), read.at(-1)!.position)
    t.deepEqual(await all(log.readAfter(read[499]!.position)), read.slice(500))
    t.deepEqual(await all(log.readAfter(await log.position())), [])
    await log.close()
  })

  on('builds are listed newest first, with their last version', async (t, rig) => {
    const log = await rig.open()
    for (const commit of [...chain(buildB, 2), ...chain(buildA, 3), ...chain(buildC, 1)]) await log.append(commit)
    t.deepEqual(await all(log.builds()), [
      { buildId: buildC, lastVersion: 1 },
      { buildId: buildB, lastVersion: 2 },
      { buildId: buildA, lastVersion: 3 },
    ])
    await log.close()
  })

  on('a reader may append, close its loop early, and be one of several', async (t, rig) => {
    const log = await rig.open()
    const other = await rig.open()
    const commits = chain(buildA, 1000)
    for (const commit of commits.slice(0, 500)) await log.append(commit)
    let next = 500
    for await (const commit of log.read(buildA)) {
      t.is(await (next % 2 === 0 ? log : other).append(commits[next]!), 'appended')
      for await (const again of log.read(buildA, commit.version)) {
        t.deepEqual(again, commit)
        break
      }
      if (++next === 1000) break
    }
    t.is((await all(log.read(buildA))).length, 1000)
    await log.close()
    await other.close()
  })

  on('a commit of 8 MB comes back whole', async (t, rig) => {
    const log = await rig.open()
    const [large, second] = chain(buildA, 2, 'x'.repeat(8_000_000))
    t.is(await log.append(large!), 'appended')
    t.is(await log.append(second!), 'appended')
    const [read, next] = await all(log.read(buildA))
    t.is(Buffer.compare(read!.body, large!.body), 0)
    t.is(Buffer.compare(next!.body, second!.body), 0)
    await log.close()
  })

  on('bytes changed after append or attach do not change what is stored', async (t, rig) => {
    const log = await rig.open()
    const [commit] = chain(buildA, 1)
    const body = Uint8Array.from(commit!.body)
    await log.append({ ...commit!, body })
    const content = Uint8Array.of(1, 2, 3)
    const digest = await log.attach(content)
    body.fill(0)
    content.fill(0)
    t.deepEqual(await all(log.read(buildA)), [commit!])
    t.deepEqual([...(await log.attachment(digest))], [1, 2, 3])
    await log.close()
  })

  on('what one opener stored, a later one finds', async (t, rig) => {
    const first = await rig.open()
    const commits = chain(buildA, 5)
    for (const commit of commits) await first.append(commit)
    const digest = await first.attach(Buffer.from('graph'))
    await first.close()
    const second = await rig.open()
    t.deepEqual(await all(second.read(buildA)), commits)
    t.is(Buffer.from(await second.attachment(digest)).toString(), 'graph')
    await second.close()
  })

  on('attachments of any size and content come back under their digest', async (t, rig) => {
    const log = await rig.open()
    const random = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251)
    for (const content of [new Uint8Array(), Buffer.from('short'), Buffer.alloc(3_000_000, 'repeat '), random]) {
      const digest = await log.attach(content)
      t.is(digest, digestOf(content))
      t.is(await log.attach(content), digest)
      t.true(await log.hasAttachment(digest))
      t.is(Buffer.compare(await log.attachment(digest), content), 0)
    }
    await log.close()
  })

  on('an attachment that was never stored is missing', async (t, rig) => {
    const log = await rig.open()
    const digest = digestOf('never stored')
    t.false(await log.hasAttachment(digest))
    const error = await t.throwsAsync(log.attachment(digest), { instanceOf: AttachmentDamage })
    t.true(error.message.includes(digest))
    await log.close()
  })

  on('closing twice does nothing', async (t, rig) => {
    const log = await rig.open()
    await log.close()
    await t.notThrowsAsync(log.close())
  })
}
