import { mkdirSync } from 'node:fs'
import test from 'ava'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { launcher, MillraceRig } from '../../rig/millrace.ts'

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
