import { connect } from '@nats-io/transport-node'
import test, { type ExecutionContext } from 'ava'
import { Cluster, type ClusterProcess } from '../../rig/cluster.ts'
import { newestBuild } from '../../rig/cluster-log.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

const width = 8

/** Rows of slow tasks, each of which reads one of the row before. */
function slowTree(t: ExecutionContext, cluster: Cluster, rows = 3, seconds = 0.2): MillraceRig {
  const lines = ['rule slow', `  command = sleep ${seconds} && cat $in > $out && echo $out >> $out`]
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < width; i++)
      lines.push(`build r${row}-${i}: slow ${row === 0 ? 'in' : `r${row - 1}-${(i + 1) % width}`}`)
  const rig = new MillraceRig(t, { 'build.ninja': `${lines.join('\n')}\n`, in: 'in\n' })
  rig.variables = cluster.variables
  return rig
}

/** What `queue --json` tells of a build, as far as it matters here. */
interface Owned {
  readonly coordinator: { readonly pid: number }
}

/** Checks what holds of each build: one end, one result per task, and nothing that was not made of what it reads. */
async function checkBuild(t: ExecutionContext, cluster: Cluster, rig: MillraceRig, rows = 3): Promise<void> {
  const { events } = await newestBuild(cluster)
  const ends = events.filter(({ type }) => ['build-succeeded', 'build-failed', 'build-cancelled'].includes(type))
  t.deepEqual(
    ends.map(({ type }) => type),
    ['build-succeeded'],
  )
  const results = events.flatMap((event) => (event.type === 'task-succeeded' ? [event.task] : []))
  t.is(new Set(results).size, rows * width)
  if (!events.some(({ type }) => type === 'task-outputs-lost'))
    t.is(results.length, rows * width, 'one result per task')
  for (let i = 0; i < width; i++) {
    const expected = ['in', ...Array.from({ length: rows }, (_, row) => `r${row}-${(i + rows - 1 - row) % width}`)]
    t.is(rig.read(`r${rows - 1}-${i}`), `${expected.join('\n')}\n`)
  }
}

async function hasStarted(cluster: Cluster, count: number): Promise<boolean> {
  const { events } = await newestBuild(cluster)
  return events.filter(({ type }) => type === 'task-succeeded').length >= count
}

test('coordinators and workers that are killed while they build cost time and nothing else', async (t) => {
  const cluster = await Cluster.start(t, { coordinators: 2, workers: 3, slots: 2 })
  const rows = 6
  const rig = slowTree(t, cluster, rows, 2)
  const { run } = rig.start(t, ['build', '--cluster'])
  const kill = async (process: ClusterProcess, again: () => Promise<unknown>) => {
    await process.end('SIGKILL')
    await again()
  }
  for (const [count, victim] of [
    [1, 'coordinator'],
    [6, 'worker'],
    [12, 'coordinator'],
    [20, 'worker'],
  ] as const) {
    await until(`${count} tasks have ended`, () => hasStarted(cluster, count), 60_000)
    if (victim === 'coordinator') {
      let pid: number | undefined
      const isOwned = () => {
        const { stdout } = rig.millrace(['queue', '--json'])
        pid = stdout === '' ? undefined : (JSON.parse(stdout.split('\n')[0]!) as Owned).coordinator.pid
        return pid !== undefined
      }
      await until('a coordinator has the build', isOwned, 30_000)
      await kill(cluster.coordinators.find((coordinator) => coordinator.pid === pid)!, () => cluster.addCoordinator())
    } else await kill(cluster.workers[count === 6 ? 0 : 1]!, () => cluster.addWorker())
  }
  const { code, stdout, stderr } = await run
  t.is(code, 0, stdout + stderr)
  await checkBuild(t, cluster, rig, rows)
  const { epochs } = await newestBuild(cluster)
  t.is(Math.max(...epochs), 3, 'twice another replica went on')
})

test('a cache that is flushed in the middle is asked around for', async (t) => {
  const cluster = await Cluster.start(t)
  const rig = slowTree(t, cluster)
  const { run } = rig.start(t, ['build', '--cluster'])
  await until('tasks have ended', () => hasStarted(cluster, 5), 60_000)
  rig.tool('redis-cli', ['-p', String(cluster.redis.port), 'flushall'])
  const { code, stdout, stderr } = await run
  t.is(code, 0, stdout + stderr)
  await checkBuild(t, cluster, rig)
})

test('a cache that is gone for good is done without, and the user is told', async (t) => {
  const cluster = await Cluster.start(t)
  // Slow enough that much is left to look up when the server dies, also on a busy machine.
  const rows = 5
  const rig = slowTree(t, cluster, rows, 1.5)
  const { run } = rig.start(t, ['build', '--cluster'])
  await until('tasks have ended', () => hasStarted(cluster, 1), 60_000)
  await cluster.redis.signal('SIGKILL')
  const { code, stdout, stderr } = await run
  t.is(code, 0, stdout + stderr)
  t.regex(stderr, /warning: .*Redis.*goes on without it/)
  await checkBuild(t, cluster, rig, rows)
})

test('a build that is cancelled ends as such, and what ran is killed', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1, slots: 2 })
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule long\n  command = sleep 600\nbuild one: long in\nbuild two: long in\n',
    in: '',
  })
  rig.variables = cluster.variables
  const { run } = rig.start(t, ['build', '--cluster'])
  await until(
    'both run',
    async () => {
      if (rig.millrace(['queue', '--json']).stdout === '') return false
      const { events } = await newestBuild(cluster)
      return events.filter(({ type }) => type === 'task-started').length === 2
    },
    30_000,
  )
  t.regex(rig.millrace(['cancel', 'last']).stdout, /^build \w+ is cancelled\n$/)
  t.is((await run).code, 130)
  const { events } = await newestBuild(cluster)
  t.is(events.at(-1)!.type, 'build-cancelled')
  await until('the worker is idle', () => / 0\/2 /.test(rig.millrace(['workers']).stdout), 10_000)
  const again = rig.millrace(['cancel', 'last'])
  t.is(again.code, 2)
  t.regex(again.stderr, /has cancelled already/)
})

test('a build is gone on with by who starts after its only coordinator has ended, in order or not', async (t) => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const cluster = await Cluster.start(t, { workers: 1 })
    const rig = slowTree(t, cluster, 3, 0.4)
    const { run } = rig.start(t, ['build', '--cluster'])
    await until('tasks have ended', () => hasStarted(cluster, 2), 60_000)
    await cluster.coordinators[0]!.end(signal)
    await cluster.addCoordinator()
    const { code, stdout, stderr } = await run
    t.is(code, 0, stdout + stderr)
    await checkBuild(t, cluster, rig)
  }
})

test('a message that makes no sense kills no coordinator', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const rig = slowTree(t, cluster, 1)
  const connection = await connect({ servers: cluster.nats.url })
  for (const question of ['', '{', '{"type":"take-over","buildIds":[""]}', '{"type":"cancel"}', '[]'])
    connection.publish('millrace.questions', question)
  for (const place of ['millrace.workers.x', 'millrace.results.x', 'millrace.control.x', 'millrace.requests.x'])
    connection.publish(place, 'nonsense')
  await connection.drain()
  const { code, stdout, stderr } = rig.millrace(['build', '--cluster'])
  t.is(code, 0, stdout + stderr)
})
