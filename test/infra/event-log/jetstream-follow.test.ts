import { jetstreamManager } from '@nats-io/jetstream'
import test, { type ExecutionContext } from 'ava'
import { LogDamage } from '../../../events/log-damage.ts'
import type { CommitNotice } from '../../../infra/event-log/event-log.ts'
import { openJetStreamEventLog } from '../../../infra/event-log/jetstream-event-log.ts'
import { streams } from '../../../infra/nats/streams.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { connected, scratchStreams } from '../nats/scratch-streams.ts'
import { buildA, buildB, chain } from './sample-commits.ts'

/** Two processes with one log, the one that follows and the one that appends, on a server of the test's own. */
async function rig(t: ExecutionContext) {
  const server = await NatsServer.started()
  t.teardown(() => server.remove())
  const [following, appending] = [await connected(t, server), await connected(t, server)]
  const prefix = await scratchStreams(appending)
  const follower = await openJetStreamEventLog({ connection: following, prefix })
  const appender = await openJetStreamEventLog({ connection: appending, prefix })
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const manager = await jetstreamManager(appending)
  const purge = (subject: string) =>
    manager.streams.purge(streams(prefix).builds.name, { filter: `${prefix}.builds.${subject}` })
  return { server, follower, appender, stop, purge }
}

/** Takes items until there are so many. */
async function take<Item>(items: AsyncIterator<Item>, count: number): Promise<Item[]> {
  const taken: Item[] = []
  while (taken.length < count) {
    const { value, done } = await items.next()
    if (done === true) break
    taken.push(value)
  }
  return taken
}

test('a follower gets what is stored, then each commit once it is, until it is told to stop', async (t) => {
  const { follower, appender, stop } = await rig(t)
  const commits = chain(buildA, 60)
  for (const commit of commits.slice(0, 20)) await appender.append(commit)
  const followed = follower.follow(buildA, 11, stop.signal)
  t.deepEqual(await take(followed, 10), commits.slice(10, 20))
  for (const commit of commits.slice(20, 40)) {
    const next = take(followed, 1)
    await appender.append(commit)
    t.deepEqual(await next, [commit])
  }
  for (const commit of [...chain(buildB, 5), ...commits.slice(40)]) await appender.append(commit)
  t.deepEqual(await take(followed, 20), commits.slice(40))
  const end = followed.next()
  stop.abort()
  t.deepEqual(await end, { value: undefined, done: true })
})

test('a build can be followed before it begins, and closing the log ends it', async (t) => {
  const { follower, appender, stop } = await rig(t)
  const followed = follower.follow(buildA, 1, stop.signal)
  const first = take(followed, 1)
  const [commit] = chain(buildA, 1)
  await appender.append(commit!)
  t.deepEqual(await first, [commit!])
  const end = followed.next()
  await follower.close()
  t.true((await end).done)
})

test('followers miss nothing over a restart of the server', async (t) => {
  const { server, follower, appender, stop } = await rig(t)
  const commits = chain(buildA, 300)
  const followed = take(follower.follow(buildA, 1, stop.signal), 300)
  const noticed = take(follower.followAll(stop.signal, 0), 300)
  for (const commit of commits.slice(0, 150)) await appender.append(commit)
  await server.signal('SIGKILL')
  await server.start()
  for (const commit of commits.slice(150)) t.is(await appender.append(commit), 'appended')
  t.deepEqual(await followed, commits)
  t.deepEqual(
    (await noticed).map(({ version }) => version),
    commits.map(({ version }) => version),
  )
})

test('a follower of a build that has lost a commit ends with the damage', async (t) => {
  const { follower, appender, stop, purge } = await rig(t)
  const commits = chain(buildA, 5)
  for (const commit of commits.slice(0, 4)) await appender.append(commit)
  const followed = follower.follow(buildA, 1, stop.signal)
  await take(followed, 4)
  await appender.append(commits[4]!)
  await purge(`${buildA}.3`)
  t.is((await take(followed, 1))[0]!.version, 5)
  const error = await t.throwsAsync(take(follower.follow(buildA, 1, stop.signal), 5), { instanceOf: LogDamage })
  t.is(error.version, 3)
})

test('every commit of every build is noticed in the order stored, from a position on', async (t) => {
  const { follower, appender, stop } = await rig(t)
  const [a, b] = [chain(buildA, 4), chain(buildB, 2)]
  for (const commit of [a[0]!, b[0]!, a[1]!]) await appender.append(commit)
  const past = follower.followAll(stop.signal, 1)
  t.deepEqual(await take(past, 2), [
    { buildId: buildB, version: 1, position: 2 },
    { buildId: buildA, version: 2, position: 3 },
  ])
  for (const commit of [a[2]!, b[1]!, a[3]!]) await appender.append(commit)
  t.deepEqual(
    (await take(past, 3)).map(({ buildId, version }) => [buildId, version]),
    [
      [buildA, 3],
      [buildB, 2],
      [buildA, 4],
    ],
  )
  stop.abort()
  t.true((await past.next()).done)
})

test('without a position, only commits from now on are noticed', async (t) => {
  const { follower, appender, stop } = await rig(t)
  const commits = chain(buildA, 1_000)
  for (const commit of commits.slice(0, 5)) await appender.append(commit)
  let first: CommitNotice | undefined
  const noticed = (async () => {
    for await (first of follower.followAll(stop.signal)) break
  })()
  for (const commit of commits.slice(5)) {
    await appender.append(commit)
    if (first !== undefined) break
  }
  await noticed
  t.true(first!.version > 5)
})
