import test from 'ava'
import { requireTool } from '../../rig/require-tool.ts'
import { NinjaTwin } from './ninja-twin.ts'

test.before(() => requireTool('meson', 'cc'))

const project = {
  'meson.build': `project('demo', 'c')
made = custom_target('made', output: 'made.h', input: 'made.in', command: [find_program('make.sh'), '@INPUT@', '@OUTPUT@'])
mill = library('mill', 'mill.c', made)
app = executable('app', 'app.c', link_with: mill)
test('the answer is 42', app)
`,
  'make.sh': '#!/bin/sh\nsed "s/^/#define VALUE /" "$1" > "$2"\n',
  'made.in': '42\n',
  'mill.h': 'int mill(void);\n',
  'mill.c': '#include "mill.h"\n#include "made.h"\nint mill(void) { return VALUE; }\n',
  'app.c': '#include "mill.h"\nint main(void) { return mill() == 42 ? 0 : 1; }\n',
}

test('of a tree that Meson made, a dry run prints what ninja prints after each kind of change', (t) => {
  const twin = new NinjaTwin(t, project, 'build')
  twin.each((tree) => {
    tree.tool('chmod', ['+x', 'make.sh'])
    tree.tool('meson', ['setup', 'build'])
  })
  t.is(twin.same(t, 'clean').length, 6)
  t.true(twin.same(t, 'its tests', 'test').length > 6)
  twin.build(t)
  t.deepEqual(twin.same(t, 'built'), [])
  twin.each((tree) => tree.append('app.c', '// edited\n'))
  t.is(twin.same(t, 'a source edited').length, 2)
  twin.build(t)
  twin.each((tree) => tree.append('mill.h', '// edited\n'))
  t.true(twin.same(t, 'a header edited').length > 3)
  twin.build(t)
  twin.each((tree) => tree.write('made.in', '42 // edited\n'))
  t.true(twin.same(t, 'the source of a generated header edited').length > 2)
  twin.build(t)
  twin.each((tree) => tree.remove('build/libmill.so'))
  t.true(twin.same(t, 'an output deleted').length > 0)
  twin.build(t)
  twin.each((tree) =>
    tree.write('build/build.ninja', tree.read('build/build.ninja').replaceAll(' ARGS = ', ' ARGS = -DX ')),
  )
  t.true(twin.same(t, 'flags changed in the manifest').length > 3)
  twin.build(t)
  twin.each((tree) => tree.append('meson.build', '# edited\n'))
  t.is(twin.same(t, 'meson.build edited').length, 1)
  twin.build(t)
  t.deepEqual(twin.same(t, 'regenerated and built'), [])
})

test('what Millrace builds of a Meson tree passes its tests, and `meson test` finds it complete', (t) => {
  const { ours } = new NinjaTwin(t, project, 'build')
  ours.tool('chmod', ['+x', 'make.sh'])
  ours.tool('meson', ['setup', 'build'])
  ours.mustBuild(t, '-C', 'build')
  t.regex(ours.tool('meson', ['test', '-C', 'build', '--no-rebuild']), /Ok: +1/)
  const run = ours.millrace(['build', '-C', 'build', 'test'])
  t.is(run.code, 0, run.stderr)
  t.regex(run.stdout, /1\/1 the answer is 42 +OK/)
})
