import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'
import { gated } from './replay-trees.ts'

test('a build that still runs is replayed up to now, and is listed as running', async (t) => {
  const rig = new MillraceRig(t, gated)
  const { run } = rig.start(t, ['build'])
  await until('the slow task began', () => rig.has('begun'))
  await until('its start is recorded', () => rig.millrace(['replay']).stdout.includes('slow started on local'))
  t.regex(rig.millrace(['replay', '--verify']).stdout, /^verified: \d+ commits?, \d+ events, not ended\n$/)
  const state = JSON.parse(rig.millrace(['replay', '--at', '+1h', '--json']).stdout)
  t.is(state.phase, 'running')
  t.deepEqual(
    state.running.map(({ id }: { id: string }) => id),
    ['slow'],
  )
  t.deepEqual(state.waiting, [{ id: 'later', for: ['slow'] }])
  t.regex(rig.millrace(['replay', '--task', 'slow']).stdout, /attempt 1 on local: had not ended/)
  t.is(JSON.parse(rig.millrace(['builds', '--json']).stdout).status, 'running')
  rig.write('go', '')
  t.is((await run).code, 0)
  t.regex(rig.millrace(['replay', '--verify']).stdout, /, ended succeeded\n$/)
  t.is(JSON.parse(rig.millrace(['builds', '--json']).stdout).status, 'succeeded')
})

test('a build whose process was killed is replayed as far as it came, and is listed as crashed', async (t) => {
  const rig = new MillraceRig(t, gated)
  const { process, run } = rig.start(t, ['build'])
  await until('the slow task began', () => rig.has('begun'))
  await until('its start is recorded', () => rig.millrace(['replay']).stdout.includes('slow started on local'))
  process.kill('SIGKILL')
  await run
  t.regex(rig.millrace(['replay', '--verify']).stdout, /, not ended\n$/)
  t.regex(rig.millrace(['replay']).stdout, /slow started on local\n$/)
  t.is(JSON.parse(rig.millrace(['builds', '--json']).stdout).status, 'crashed')
  const doctor = rig.millrace(['doctor']).stdout
  t.regex(doctor, /^warn +leases +1 of dead processes, .* takes it over$/m)
  rig.write('go', '')
  const resumed = rig.build()
  t.is(resumed.code, 0, resumed.stderr)
  t.regex(rig.millrace(['replay']).stdout, /build resumed by process/)
  t.regex(rig.millrace(['replay', '--verify']).stdout, /, ended succeeded\n$/)
  t.is(JSON.parse(rig.millrace(['builds', '--json']).stdout).status, 'succeeded')
})
