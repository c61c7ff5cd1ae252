import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'

const copy = 'rule copy\n  command = cat $in > $out\nrule touch\n  command = touch $out\n'

test('what depends on a phony target without inputs and without a file runs in every build', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${copy}build always: phony\nbuild out: touch | always\nbuild end: copy out\n`,
  })
  t.deepEqual(rig.mustBuild(t), ['out', 'end'])
  t.deepEqual(rig.mustBuild(t), ['out'], 'and what depends on that in turn, only when it changed')
})

test('a phony target without inputs is a file when there is one', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build file: phony\nbuild out: copy file\n`, file: '1' })
  t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['out'], []])
  rig.write('file', '2')
  t.deepEqual(rig.mustBuild(t), ['out'])
})

test('an order-only phony target without a file makes nothing run', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build always: phony\nbuild out: touch || always\n` })
  t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['out'], []])
})

test('a phony target that only orders makes nothing run', (t) => {
  const manifest = `${copy}build a: copy in\nbuild group: phony || a\nbuild out: touch | group\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, in: '1' })
  t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['a', 'out'], []])
  rig.write('in', '2')
  t.deepEqual(rig.mustBuild(t), ['a'])
})

test('a phony target stands for its inputs, through others', (t) => {
  const manifest = `${copy}build a: copy in\nbuild group: phony a\nbuild outer: phony group in2\nbuild out: touch | outer\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, in: '1', in2: '1' })
  t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['a', 'out'], []])
  rig.write('in', '2')
  t.deepEqual(rig.mustBuild(t), ['a', 'out'])
  rig.write('in2', '2')
  t.deepEqual(rig.mustBuild(t), ['out'])
})

test('a phony target that is also a file stands for that file, too', (t) => {
  const manifest = `rule make\n  command = cp in gen.h; touch $out\n${copy}build stamp: make in\nbuild gen.h: phony stamp\nbuild out: copy gen.h\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, in: '1' })
  t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['stamp', 'out'], []])
  rig.write('in', '2')
  t.deepEqual(rig.mustBuild(t), ['stamp', 'out'], 'although the stamp itself is as before')
  t.is(rig.read('out'), '2')
})

test('a phony target that names itself is taken as if it did not, with a warning', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${copy}build a: copy in\nbuild self: phony self a\ndefault self\n`,
    in: '',
  })
  const run = rig.millrace(['build'])
  t.is(run.code, 0)
  t.regex(run.stderr, /^warning: phony target 'self' names itself as an input; ignoring it\n$/)
})
