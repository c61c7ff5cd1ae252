import { mkdirSync, rmSync } from 'node:fs'
import test from 'ava'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { launcher, MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

const touch = { 'build.ninja': 'rule touch\n  command = touch $out\nbuild made: touch\n' }

test('a damaged build of another tree, or of no tree that is known, keeps nobody from building', async (t) => {
  const rig = new MillraceRig(t, touch)
  rig.mustBuild(t)
  const log = openSqliteEventLog({ directory: `${rig.stateDirectory}/millrace` })
  const damaged = { buildId: '01m7w7jvjvgrbsykvcpnjpwcb4', version: 1, body: Buffer.from('{}'), hash: '0'.repeat(64) }
  t.is(log.append(damaged), 'appended')
  await log.close()
  rig.append('build.ninja', 'build more: touch\n')
  t.deepEqual(rig.mustBuild(t), ['more'])
  mkdirSync(rig.path('other'))
  rig.write('other/build.ninja', touch['build.ninja'])
  t.deepEqual(rig.mustBuild(t, '-C', 'other'), ['made'])
  t.is(rig.millrace(['replay', damaged.buildId]).code, 2)
})

test("a damaged build of one's own tree costs its results, is told once, and keeps nobody from building", async (t) => {
  const rig = new MillraceRig(t, touch)
  rig.mustBuild(t)
  const log = openSqliteEventLog({ directory: `${rig.stateDirectory}/millrace` })
  const [built] = await Array.fromAsync(log.builds())
  const { buildId, lastVersion } = built!
  const damaged = { buildId, version: lastVersion + 1, body: Buffer.from('{}'), hash: '0'.repeat(64) }
  t.is(log.append(damaged), 'appended')
  await log.close()
  rmSync(`${rig.stateDirectory}/millrace/snapshots`, { recursive: true })
  rig.append('build.ninja', 'build more: touch\n')
  const told = rig.build()
  t.is(told.code, 0)
  t.regex(told.stderr, /^warning: commit \d+ of build [0-9a-z]{26} is damaged: .*; what it ran may run again$/m)
  rig.append('build.ninja', 'build third: touch\n')
  const quiet = rig.build()
  t.deepEqual([quiet.code, quiet.stderr, quiet.ran], [0, '', ['third']])
})

test('a crashed build whose log is damaged is left behind', async (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule slow\n  command = touch begun && sleep 60\nbuild out: slow\n',
  })
  const { process: child, run } = rig.start(t, ['build'])
  await until('the task has begun', () => rig.has('begun'))
  child.kill('SIGKILL')
  await run
  const log = openSqliteEventLog({ directory: `${rig.stateDirectory}/millrace` })
  const [crashed] = await Array.fromAsync(log.builds())
  const { buildId, lastVersion } = crashed!
  log.append({ buildId, version: lastVersion + 1, body: Buffer.from('{}'), hash: '0'.repeat(64) })
  await log.close()
  rig.write('build.ninja', touch['build.ninja'])
  const next = rig.build()
  t.deepEqual([next.code, next.ran], [0, ['made']])
  t.regex(next.stderr, /^warning: commit .* is damaged: .*; that build can't be resumed$/m)
})

test('numbers that no event can tell are refused, and leave nothing in the log', (t) => {
  const rig = new MillraceRig(t, touch)
  for (const flag of ['-j', '-k']) {
    const { code, stderr } = rig.millrace(['build', flag, '99999999999999999999'])
    t.is(code, 2)
    t.regex(stderr, /^error: option '-[jk] <n>' argument '9{20}' is invalid/)
  }
  rig.mustBuild(t, '-j', `${Number.MAX_SAFE_INTEGER}`)
  t.is(rig.millrace(['replay', '--verify']).code, 0)
})

test('a directory that was removed under the command line is named in one line', (t) => {
  const rig = new MillraceRig(t)
  for (const verb of ['build', 'clean'])
    t.deepEqual(rig.shell(`mkdir gone; cd gone; rmdir ../gone; '${process.execPath}' '${launcher}' ${verb}`), {
      code: 2,
      stdout: '',
      stderr: "millrace: .: can't be entered (ENOENT)\n",
    })
})
