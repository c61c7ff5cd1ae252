import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'
import { cache, takenBy, warm } from './cache-trees.ts'
import { gated } from './replay-trees.ts'

test('a build comes to its end whatever is done to the cache beside it', async (t) => {
  const rig = new MillraceRig(t, gated)
  const { run } = rig.start(t, ['build'])
  await until('the second task has begun', () => rig.has('begun'))
  t.regex(warm(t, rig), /^added 0 results \(0 bytes\), 1 there already, 0 could not be added\n$/)
  t.regex(cache(t, rig, 'purge', '--all'), /^removed 1 result and 1 blob /)
  t.regex(cache(t, rig, 'verify'), /^read 0 blobs and 0 results/)
  t.regex(cache(t, rig, 'gc'), /^removed nothing\n/)
  t.regex(warm(t, rig), /^added 1 result /)
  t.regex(cache(t, rig, 'taint', 'last', '--purge'), /\nremoved 1 result and 1 blob /)
  rig.write('go', '')
  const { code, stdout, stderr } = await run
  t.is(code, 0, stdout + stderr)
  for (const path of ['first', 'slow', 'later']) rig.remove(path)
  t.true(takenBy(t, rig).includes('later'))
})
