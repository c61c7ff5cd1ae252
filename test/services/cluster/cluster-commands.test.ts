import test from 'ava'
import { Cluster } from '../../rig/cluster.ts'
import { newestBuild } from '../../rig/cluster-log.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

test('workers, what waits and why, live output and the history of a cluster can be asked for', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1, slots: 1 })
  const rig = new MillraceRig(t, {
    'build.ninja': `rule talk
  command = for i in 1 2 3 4 5 6 7 8; do echo line $$i; sleep 0.5; done; cp in $out
build first: talk in
build second: talk in
`,
    in: '',
  })
  rig.variables = cluster.variables
  t.regex(rig.millrace(['workers']).stdout, /^WORKER .*\nw1 +default +0\/1 +idle .*bubblewrap/)
  t.is(rig.millrace(['queue']).stdout, 'no build is under way; 1 coordinator ready\n')
  t.regex(rig.millrace(['admin', 'setup']).stdout, /^NATS [\d.]+: streams ready, 1 copies, durability process\n/)

  const { run } = rig.start(t, ['build', '--cluster', '--project', 'talks'])
  await until('one task runs', () => / 1\/1 /.test(rig.millrace(['workers']).stdout), 30_000)
  const watch = rig.start(t, ['watch', '--logs'])
  const queue = rig.millrace(['queue']).stdout
  t.regex(queue, /talks, priority 0, pool default: running/)
  t.regex(queue, /waiting: second\n +because all 1 slots of pool default are taken/)
  t.is((await run).code, 0)
  const watched = await watch.run
  t.is(watched.code, 0)
  t.regex(watched.stdout, /^(first|second) \| line \d$/m)
  t.regex(watched.stdout, /2 tasks: 0 up to date, 0 cached, 2 run/)

  const replay = rig.millrace(['replay', '--cluster', '--task', 'second']).stdout
  t.regex(replay, /w1/)
  t.regex(rig.millrace(['builds', '--cluster']).stdout, /succeeded/)
  t.regex(rig.millrace(['why', 'second', '--cluster', '-C', '.']).stdout, /no record/)
  const { events } = await newestBuild(cluster)
  t.deepEqual([...new Set(events.flatMap((event) => (event.type === 'task-started' ? [event.worker] : [])))], ['w1'])
})

test('a pool without workers is said at once, and the build runs when one comes', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const rig = new MillraceRig(t, { 'build.ninja': 'rule c\n  command = cp in $out\nbuild out: c in\n', in: 'x' })
  rig.variables = cluster.variables
  const { run, process } = rig.start(t, ['build', '--cluster', '--pool', 'gpu'])
  let told = ''
  process.stderr!.on('data', (piece) => {
    told += piece
  })
  await until('it says so', () => /no worker offers pool gpu: there are workers in default/.test(told), 20_000)
  await cluster.addWorker('--pool', 'gpu')
  t.is((await run).code, 0)
  t.is(rig.read('out'), 'x')
})
