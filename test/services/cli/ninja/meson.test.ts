import test from 'ava'
import { requireTool } from '../../../rig/require-tool.ts'
import { DropIn, launcher } from './drop-in.ts'

test.before(() => requireTool('meson', 'cc'))

const project = {
  'meson.build': `project('demo', 'c')
mill = library('mill', 'mill.c')
app = executable('app', 'app.c', link_with: mill)
test('the answer is 42', app)
`,
  'mill.h': 'int mill(void);\n',
  'mill.c': '#include "mill.h"\nint mill(void) { return 42; }\n',
  'app.c': '#include "mill.h"\nint main(void) { return mill() == 42 ? 0 : 1; }\n',
}

test('Meson sets up, builds, tests, cleans and sets up again', (t) => {
  const tree = new DropIn(t, project)
  const meson = (...args: readonly string[]) => tree.mustRun(t, 'meson', args, { NINJA: launcher })
  meson('setup', 'build')
  const entries: readonly { readonly file: string }[] = JSON.parse(tree.read('build/compile_commands.json'))
  t.deepEqual(entries.map(({ file }) => file).sort(), ['../app.c', '../mill.c'])

  t.regex(meson('compile', '-C', 'build'), /\nninja: Entering directory `.*build'\n(?:\[\d+\/\d+\] .*\n)+$/)
  t.regex(meson('compile', '-C', 'build', '-j', '2'), /\nninja: no work to do\.\n$/)
  t.regex(meson('test', '-C', 'build'), /\nOk: +1/)
  tree.append('mill.h', '// edited\n')
  t.is(meson('compile', '-C', 'build', '-v').match(/ -c \S+\.c$/gm)?.length, 2)
  t.regex(meson('compile', '-C', 'build', '--clean'), /\nCleaning\.\.\. \d+ files\.\n$/)
  t.false(tree.has('build/app'))
  meson('compile', '-C', 'build', 'app')
  tree.mustRun(t, 'build/app', [])
  tree.append('meson.build', "executable('other', 'app.c', link_with: mill)\n")
  t.regex(meson('compile', '-C', 'build'), /Linking target other\n/)
  t.regex(meson('compile', '-C', 'build'), /\nninja: no work to do\.\n$/)
})

test('of a tree that Meson made, the tools print what those of ninja print', (t) => {
  const tree = new DropIn(t, project)
  tree.mustRun(t, 'meson', ['setup', 'build'])
  const questions = [
    ['targets', 'all'],
    ['targets', 'depth', '3'],
    ['targets', 'rule', 'c_COMPILER'],
    ['rules', '-d'],
    ['commands'],
    ['inputs', 'app'],
    ['compdb'],
    ['compdb', '-x', 'c_COMPILER', 'c_COMPILER_RSP'],
    ['query', 'app', 'all', 'mill.h^'],
  ]
  for (const question of questions) tree.same(t, '-C', 'build', '-t', ...question)
})
