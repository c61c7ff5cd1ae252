import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { processesWith } from '../../rig/survivors.ts'
import { until } from '../../rig/until.ts'

test('without a terminal, what a console task has started dies with the command line', async (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `rule long
  command = SURVIVOR=${process.pid} sleep 60 & touch began; SURVIVOR=${process.pid} sleep 60; touch $out
  pool = console
build made: long
`,
  })
  const { process: child, run } = rig.start(t, ['build'])
  const survivors = () => processesWith('SURVIVOR', `${process.pid}`)
  await until('both are running', () => rig.has('began') && survivors().length === 2)
  child.kill('SIGKILL')
  await until('nothing is left of them', () => survivors().length === 0)
  t.is((await run).code, null)
})
