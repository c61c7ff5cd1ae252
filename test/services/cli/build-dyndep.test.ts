import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { moduleTree } from './module-tree.ts'

test('modules that a scanner finds are built in the order of their use', (t) => {
  const rig = new MillraceRig(t, moduleTree)
  t.deepEqual(rig.mustBuild(t, 'app'), ['modules.dd', 'vec.o', 'main.o', 'app'])
  t.deepEqual(rig.mustBuild(t, 'app'), [])
})

test('a module whose interface stays does not make its users run, and one whose interface changed does', (t) => {
  const rig = new MillraceRig(t, moduleTree)
  rig.mustBuild(t, 'app')
  rig.append('vec.f', 'body\n')
  t.deepEqual(rig.mustBuild(t, 'app'), ['modules.dd', 'vec.o', 'app'])
  rig.append('vec.f', 'another interface\n')
  t.deepEqual(rig.mustBuild(t, 'app'), ['modules.dd', 'vec.o', 'main.o', 'app'])
  t.is(rig.read('vec.mod'), 'interface of vec\nanother interface\n')
})

test('an output that only a dyndep file tells of is made again when it is gone', (t) => {
  const rig = new MillraceRig(t, moduleTree)
  rig.usesCache = false
  rig.mustBuild(t, 'app')
  rig.remove('vec.mod')
  t.deepEqual(rig.mustBuild(t, 'app'), ['vec.o'])
  t.true(rig.has('vec.mod'))
})

test('a use that is new, or that went away, changes the order', (t) => {
  const rig = new MillraceRig(t, moduleTree)
  rig.write('vec.f', 'use first\nmodule vec\ninterface of vec\n')
  rig.write('first.f', 'module first\n')
  const manifest = rig.read('build.ninja').replaceAll('main.f vec.f', 'main.f vec.f first.f')
  rig.write(
    'build.ninja',
    `${manifest}build first.o: compile first.f | compile.sh || modules.dd\n  dyndep = modules.dd\n`,
  )
  t.deepEqual(rig.mustBuild(t, 'app'), ['modules.dd', 'first.o', 'vec.o', 'main.o', 'app'])
  rig.write('vec.f', 'module vec\ninterface of vec\n')
  rig.write('first.f', 'use vec\nmodule first\n')
  const ran = rig.mustBuild(t, 'app', 'first.o')
  t.deepEqual([...ran].sort(), ['app', 'first.o', 'modules.dd', 'vec.o'])
  t.true(ran.indexOf('vec.o') < ran.indexOf('first.o'))
})

/** Two tasks whose dyndep file is made with this content; `source`: it is a source instead. */
function withDyndep(content: string, source = false) {
  const rule = `rule r\n  command = touch $out\nrule dd\n  command = cp $in $out\nbuild c: r\n`
  const files = { content: `ninja_dyndep_version = 1\n${content}` }
  const task = (name: string, file: string) => `build ${name}: r || ${file}\n  dyndep = ${file}\n`
  if (source) return { ...files, 'build.ninja': rule + task('a', 'content') + task('b', 'content') }
  return { ...files, 'build.ninja': `${rule}build dd: dd content\n${task('a', 'dd')}${task('b', 'dd')}` }
}

const wrong: readonly (readonly [string, RegExp])[] = [
  ['build a: dyndep\n', /does not mention 'b', which has it as its dyndep$/m],
  ['build a: dyndep\nbuild b: dyndep\nbuild c: dyndep\n', /no task makes 'c' with this file as its dyndep$/m],
  ['build a | c: dyndep\nbuild b: dyndep\n', /multiple tasks make c: c and a$/m],
  ['build a | x: dyndep\nbuild b | x: dyndep\n', /multiple tasks make x: a and b$/m],
  ['build a: dyndep | b\nbuild b: dyndep | a\n', /dependency cycle: (a -> b -> a|b -> a -> b)$/m],
  ['build a | x: dyndep | x\nbuild b: dyndep | a\n  restat = 1\nbuild a: dyndep\n', /multiple statements for 'a'$/m],
  ['build a: dyndep || c\nbuild b: dyndep\n', /order-only inputs are not supported$/m],
]

test('a dyndep file that is wrong is refused before anything runs when it is there, and fails the build when it is made', (t) => {
  for (const [content, message] of wrong) {
    const there = new MillraceRig(t, withDyndep(content, true)).millrace(['build'])
    t.is(there.code, 2, content)
    t.regex(there.stderr, message)
    t.regex(there.stderr, /^millrace: content:[^\n]*\n$/)
    const made = new MillraceRig(t, withDyndep(content)).millrace(['build', '-j1'])
    t.is(made.code, 1, content)
    t.regex(made.stdout, message)
    t.is(made.stderr, '')
  }
})

test('after a wrong dyndep file was mended, the build goes well', (t) => {
  const rig = new MillraceRig(t, withDyndep('build a: dyndep\n'))
  t.is(rig.build().code, 1)
  rig.append('content', 'build b: dyndep | c\n')
  t.deepEqual([...rig.mustBuild(t)].filter((id) => id !== 'c').sort(), ['a', 'b', 'dd'])
  t.deepEqual(rig.mustBuild(t), [])
})
