import test, { type ExecutionContext } from 'ava'
import type { BuildEvent } from '../../../events/build-events.ts'
import { decodeCommit } from '../../../events/codec.ts'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { processesWith } from '../../rig/survivors.ts'
import { until } from '../../rig/until.ts'

// One after the other: a command line that is waited for keeps this process from killing another in time.
const taskCount = 150

/** Tasks that write half of their output, wait, write the rest, and then a line into a ledger. */
function slowTasks(): Record<string, string> {
  const files: Record<string, string> = {}
  let manifest = `rule slow\n  command = (printf half; sleep 0.0$n; cat $in) > $out && echo $out >> ledger\n`
  for (let i = 0; i < taskCount; i++) {
    files[`in/${i}`] = `content ${i}\n`.repeat(40)
    const needed = [1, 7, 19].map((back) => i - back).filter((other) => other >= 0)
    manifest += `build out/${i}: slow in/${i} ${needed.map((other) => `out/${other % 5 === 0 ? other : i % 7}`).join(' ')}\n`
    manifest += `  n = ${1 + ((i * 7) % 4)}\n`
  }
  return { ...files, 'build.ninja': withoutCycles(manifest) }
}

/** Drops inputs that are not made before (a task may only need earlier ones). */
function withoutCycles(manifest: string): string {
  return manifest.replace(/^build out\/(\d+): slow (.*)$/gm, (_, own: string, inputs: string) => {
    const kept = inputs.split(' ').filter((path) => path.startsWith('in/') || Number(path.slice(4)) < Number(own))
    return `build out/${own}: slow ${[...new Set(kept)].join(' ')}`
  })
}

/** Starts a build and kills it with SIGKILL once it has told of `eventCount` events, or as soon as it has started. */
async function killAfter(t: ExecutionContext, rig: MillraceRig, eventCount: number): Promise<'killed' | 'ended'> {
  const { process: child, run } = rig.start(t, ['build', '--json', '-j', '3'])
  let seen = 0
  const enough = new Promise<void>((resolve) => {
    if (eventCount === 0) resolve()
    child.stdout?.on('data', (piece: string) => {
      seen += piece.split('\n').length - 1
      if (seen >= eventCount) resolve()
    })
    child.on('exit', () => resolve())
  })
  await enough
  child.kill('SIGKILL')
  const { code } = await run
  return code === null ? 'killed' : 'ended'
}

async function eventsByBuild(rig: MillraceRig): Promise<ReadonlyMap<string, readonly BuildEvent[]>> {
  const log = openSqliteEventLog({ directory: `${rig.stateDirectory}/millrace` })
  const builds = new Map<string, BuildEvent[]>()
  for await (const { buildId } of log.builds()) {
    const events: BuildEvent[] = []
    for await (const stored of log.read(buildId)) events.push(...decodeCommit(stored).events)
    builds.set(buildId, events)
  }
  await log.close()
  return builds
}

const ends = ['build-succeeded', 'build-failed', 'build-cancelled']

test.serial(
  'a build killed at twenty random moments ends like one that was not, and runs no finished task again',
  async (t) => {
    const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
    t.log(`TEST_SEED=${seed}`)
    let state = seed
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return (state >> 8) % below
    }
    const undisturbed = new MillraceRig(t, slowTasks())
    undisturbed.mustBuild(t, '-j', '3')

    const rig = new MillraceRig(t, slowTasks())
    let kills = 0
    for (let i = 0; i < 20; i++) {
      if ((await killAfter(t, rig, random(28))) === 'killed') kills++
      await until(
        'nothing of the killed build runs',
        () => processesWith('XDG_STATE_HOME', rig.stateDirectory).length === 0,
      )
    }
    t.true(kills >= 15, `${kills} of 20 builds were killed before their end`)
    rig.mustBuild(t, '-j', '3')

    for (let i = 0; i < taskCount; i++) t.is(rig.read(`out/${i}`), undisturbed.read(`out/${i}`))
    const builds = await eventsByBuild(rig)
    const succeeded = new Map<number, number>()
    for (const [buildId, events] of builds) {
      t.is(events.filter(({ type }) => ends.includes(type)).length, 1, `build ${buildId} has one end`)
      for (const event of events)
        if (event.type === 'task-succeeded') succeeded.set(event.task, (succeeded.get(event.task) ?? 0) + 1)
      const verified = rig.millrace(['replay', buildId, '--verify'])
      t.is(verified.code, 0, verified.stderr)
    }
    t.deepEqual([...succeeded.values()], Array(taskCount).fill(1), 'every task ended well once')
  },
)

test.serial('the build after a crash goes on under the same name and says so', async (t) => {
  const rig = new MillraceRig(t, slowTasks())
  t.is(await killAfter(t, rig, 20), 'killed')
  const resumed = rig.build('-j', '3')
  t.is(resumed.code, 0)
  t.regex(resumed.stderr, /^resuming build [0-9a-z]{26}, whose process died$/m)
  t.is((await eventsByBuild(rig)).size, 1)
})

test.serial('a crashed build that nobody asks for any more is closed as superseded', async (t) => {
  const rig = new MillraceRig(t, slowTasks())
  t.is(await killAfter(t, rig, 20), 'killed')
  rig.mustBuild(t, 'out/3')
  const [, crashed] = [...(await eventsByBuild(rig)).values()]
  t.like(crashed?.at(-1), { type: 'build-cancelled', reason: 'superseded' })
})

test.serial(
  'an interrupted build is cancelled in the log before its commands are killed, and leaves no half-written output',
  async (t) => {
    const rig = new MillraceRig(t, {
      'build.ninja':
        'rule slow\n  command = printf half > $out; sleep 60; printf whole > $out\nbuild a: slow\nbuild b: slow\n',
    })
    const { process: child, run } = rig.start(t, ['build', '-j', '2'])
    await until('both tasks have begun', () => rig.has('a') && rig.has('b'))
    child.kill('SIGINT')
    const { code, stdout } = await run
    t.is(code, 130)
    t.regex(stdout, /^2 tasks: 0 up to date, 0 cached, 0 run, 0 failed, 0 skipped, 2 cancelled/m)
    t.deepEqual([rig.has('a'), rig.has('b')], [false, false])
    t.deepEqual(processesWith('XDG_STATE_HOME', rig.stateDirectory), [])
  },
)

test.serial('two command lines in one directory build one after the other', async (t) => {
  const rig = new MillraceRig(t, slowTasks())
  const first = rig.start(t, ['build', '--json', '-j', '2'])
  await until('the first has begun', () => rig.has('out/0'))
  const second = rig.start(t, ['build', '--json', '-j', '2'])
  const [one, two] = await Promise.all([first.run, second.run])
  t.deepEqual([one.code, two.code], [0, 0])
  t.regex(two.stderr, /^waiting for process \d+, which is building here$/m)
  t.true(two.stdout.includes(`"up_to_date":${taskCount}`))
})
