import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'
import { gated } from './replay-trees.ts'
import { answer, why } from './why-questions.ts'

test('a build that still runs answers as far as it has come', async (t) => {
  const rig = new MillraceRig(t, gated)
  const { run } = rig.start(t, ['build'])
  await until('the slow task began', () => rig.has('begun'))
  await until('its start is recorded', () => why(t, rig, 'slow').includes('started on local'))
  t.regex(why(t, rig, 'slow'), /^verdict: +not at its end in build .*, started on local\nreason: +no record$/m)
  t.is(answer(t, rig, 'first').verdict, 'ran')
  t.is(answer(t, rig, 'later').verdict, 'unfinished')
  rig.write('go', '')
  t.is((await run).code, 0)
})
