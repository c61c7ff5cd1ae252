import test, { type ExecutionContext } from 'ava'
import { DropIn, launcher } from './drop-in.ts'

const files = {
  'build.ninja': `rule make
  command = cp $in $out && echo "$out: $in" > $out.d && touch $out.rsp
  depfile = $out.d
  deps = gcc
  rspfile = $out.rsp
  rspfile_content = text
rule generate
  command = touch $out
  generator = 1
rule dyn
  command = touch $out extra
build a: make source
build b: make a || config
build two more: dyn
build config: generate
build y: dyn || dd
  dyndep = dd
build source: phony
build all: phony b two y
`,
  source: 'one\n',
  dd: 'ninja_dyndep_version = 1\nbuild y | extra: dyndep\n',
}

interface Pair {
  readonly ours: DropIn
  readonly theirs: DropIn
}

/** Two trees, built alike: one is cleaned by the drop-in and one by ninja. */
function pair(t: ExecutionContext, manifest = files['build.ninja']): Pair {
  const own = { ...files, 'build.ninja': manifest }
  const trees = { ours: new DropIn(t, own), theirs: new DropIn(t, own) }
  build(t, trees)
  return trees
}

function build(t: ExecutionContext, { ours, theirs }: Pair): void {
  t.is(ours.ninja('all').code, 0)
  t.is(theirs.realNinja('all').code, 0)
  for (const tree of [ours, theirs]) for (const path of ['a.rsp', 'b.d']) tree.write(path, 'left by a failure')
}

/** Cleans both and checks that the same was printed and is left. */
function same(t: ExecutionContext, { ours, theirs }: Pair, ...args: readonly string[]): string {
  const our = ours.ninja(...args)
  t.deepEqual(our, theirs.realNinja(...args), args.join(' '))
  const left = (tree: DropIn) => tree.tool('find', ['.', '-not', '-name', '.ninja*']).split('\n').sort()
  t.deepEqual(left(ours), left(theirs), args.join(' '))
  return our.stdout
}

test('clean removes what ninja removes and says the same', (t) => {
  const trees = pair(t)
  t.regex(same(t, trees, '-nt', 'clean'), /^Cleaning\.\.\.\nRemove a\n/)
  same(t, trees, '-vt', 'clean', 'b')
  t.is(same(t, trees, '-t', 'clean'), 'Cleaning... 4 files.\n')
  build(t, trees)
  same(t, trees, '-v', '-t', 'clean', '-g')
  build(t, trees)
  same(t, trees, '-v', '-t', 'clean', './a', 'two', 'nowhere', '')
  build(t, trees)
  same(t, trees, '-n', '-t', 'clean', '-r', 'make', 'nowhere')
  same(t, trees, '-v', '-t', 'clean', 'generate', '-r')
  t.is(same(t, trees, '-t', 'clean', '-h').split('\n')[0], 'usage: ninja -t clean [options] [targets]')
})

test('after a clean there is everything to do', (t) => {
  const { ours } = pair(t)
  t.is(ours.ninja('all').stdout, 'ninja: no work to do.\n')
  ours.ninja('-t', 'clean')
  t.is(ours.ninja('-j1', '-n', 'all').stdout.split('\n').length, 5)
})

test('cleandead removes what earlier builds made and the manifest names no more', (t) => {
  // Ninja 1.11 takes for dead what a dyndep file says is made; 1.12 does not.
  const manifest = files['build.ninja'].replace(/^build y.*\n.*\n/m, '').replace(' y\n', '\n')
  const trees = pair(t, manifest)
  t.is(same(t, trees, '-t', 'cleandead'), 'Cleaning... 0 files.\n')
  for (const tree of [trees.ours, trees.theirs])
    tree.write('build.ninja', manifest.replace('build two more: dyn', 'build other: make two'))
  t.is(same(t, trees, '-nt', 'cleandead'), 'Cleaning...\nRemove more\n1 files.\n')
  t.is(same(t, trees, '-t', 'cleandead'), 'Cleaning... 1 files.\n')
  t.true(trees.ours.has('two'), 'it is an input still')
  t.is(same(t, trees, '-t', 'cleandead'), 'Cleaning... 0 files.\n')
})

test('what dyndep files say is made is not dead', (t) => {
  const { ours } = pair(t)
  t.true(ours.has('extra'))
  t.is(ours.ninja('-t', 'cleandead').stdout, 'Cleaning... 0 files.\n')
  t.true(ours.has('extra'))
})

test('a task that cleans the tree it is built in does so', (t) => {
  const tree = new DropIn(t, {
    'build.ninja': `rule clean
  command = $$NINJA -t clean
rule r
  command = touch $out
build x: r
build clean: clean
default x
`,
  })
  tree.ninja()
  const { code, stdout } = tree.run(process.execPath, [launcher, 'clean'], { NINJA: `${process.execPath} ${launcher}` })
  t.is(code, 0, stdout)
  t.is(stdout, '[1/1] $NINJA -t clean\nCleaning... 1 files.\n')
  t.false(tree.has('x'))
  t.is(tree.ninja().code, 0)
  t.true(tree.has('x'))
})
