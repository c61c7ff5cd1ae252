import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { chain } from './replay-trees.ts'

test('a task that was taken from the cache is told with its origin, its surroundings, its outputs and what its run printed', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const first = JSON.parse(rig.millrace(['builds', '--json']).stdout).build
  rig.remove('b')
  t.deepEqual(rig.mustBuild(t), [])
  const { code, stdout } = rig.millrace(['replay', '--task', 'b'])
  t.is(code, 0)
  t.regex(stdout, /^status: +cached$/m)
  t.regex(stdout, /^reason: +output missing: b$/m)
  t.regex(
    stdout,
    new RegExp(`^cache: +made by build ${first} on local at \\d{4}-.*, in [\\d.]+ s\naction: +[0-9a-f]{64}$`, 'm'),
  )
  t.regex(stdout, /^inputs:\n {2}a {2}[0-9a-f]{64}\/4\n\ntools:\n(?: {2}\S+ +[0-9a-f]{64}\/\d+\n)+/m)
  t.regex(stdout, /^not set: .*\bLD_PRELOAD\b/m)
  t.regex(stdout, /^outputs:\n {2}b {2}[0-9a-f]{64}\/4\n\nprinted by the run that was cached:\nabout b\n$/m)
  t.is(rig.millrace(['replay', '--output', '--task', 'b']).stdout, 'about b\n')
  t.regex(rig.millrace(['replay', '--at', '+1h']).stdout, /^succeeded, .*: 2 up-to-date, 1 cached$/m)
  t.regex(rig.millrace(['builds', '-n', '1']).stdout, / 1 from cache, 2 up to date /)
  const timeline = rig.millrace(['replay']).stdout
  t.regex(timeline, / b taken from the cache: output missing: b$/m)
  t.notRegex(timeline, /recorded$/m)
  t.regex(rig.millrace(['replay', '-v']).stdout, / 1 set of tools and variables recorded$/m)
})

test('a task that ran says what the cache answered and whether its result was kept', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja':
      'rule say\n  command = echo > $out\nrule stamp\n  command = touch $out\nbuild x: say\nbuild y: stamp\n',
  })
  rig.mustBuild(t)
  const ran = rig.millrace(['replay', '--task', 'x']).stdout
  t.regex(ran, /^cache: +no result of this command, inputs and tools is cached\nkept: +yes, as [0-9a-f]{64}$/m)
  t.regex(rig.millrace(['replay', '--task', 'y']).stdout, /^kept: +no: its outputs are empty$/m)
})
