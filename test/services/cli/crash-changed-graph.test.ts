import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

test('a build is resumed after its death with a graph that was edited meanwhile', async (t) => {
  const rule = 'rule make\n  command = touch $out && $then\n'
  const rig = new MillraceRig(t, {
    'build.ninja': `${rule}build first: make\n  then = true\nbuild second: make first\n  then = sleep 60\n`,
  })
  const { process: child, run } = rig.start(t, ['build', '-j1'])
  await until('the second task runs', () => rig.has('second'))
  child.kill('SIGKILL')
  await run
  rig.write(
    'build.ninja',
    `${rule}build first: make\n  then = true\nbuild second: make first\n  then = true\nbuild third: make second\n  then = true\n`,
  )
  const resumed = rig.build()
  t.is(resumed.code, 0, resumed.stderr)
  t.regex(resumed.stderr, /^resuming build/)
  t.deepEqual(resumed.ran, ['second', 'third'])
  t.is(rig.millrace(['replay', '--verify']).code, 0)
  t.is(rig.millrace(['builds', '--json']).stdout.trim().split('\n').length, 1)
})
