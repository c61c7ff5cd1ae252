import test from 'ava'
import { DropIn, launcher } from './drop-in.ts'
import { manifests } from './manifests.ts'

/** Whatever tells of a graph and changes nothing. */
const questions = [
  ['targets'],
  ['targets', 'all'],
  ['targets', 'depth', '2'],
  ['targets', 'rule'],
  ['targets', 'rule', 'r'],
  ['rules'],
  ['rules', '-d'],
  ['commands'],
  ['inputs'],
  ['compdb'],
  ['compdb', '-x'],
  ['compdb', 'cc', 'r', 'cc'],
  ['recompact'],
  ['restat', 'a', 'b'],
  ['missingdeps'],
  ['deps'],
]

for (const [title, files] of Object.entries(manifests))
  test(`of a manifest with ${title}, the tools print what ninja's print`, (t) => {
    const tree = new DropIn(t, files)
    for (const question of questions) tree.same(t, '-t', ...question)
  })

test('whole trees, single commands and queries are those that ninja prints', (t) => {
  const tree = new DropIn(t, manifests['phony, implicit and order-only files, validations, pools'])
  const paths = tree.same(t, '-t', 'targets', 'depth', '0').match(/[^ \n:]+(?=:? *\w*\n)/g)!
  t.true(paths.length > 10)
  for (const path of ['all', 'app', 'app.map', 'a.o', 'b.lst', 'lib.txt', 'stamp', 'check.ok', './c.o', 'a.c^'])
    tree.same(t, '-t', 'query', path)
  tree.same(t, '-t', 'query', 'all', 'nowhere', 'app')
  tree.same(t, '-t', 'commands', '-s', 'app', 'all', 'c.o')
  tree.same(t, '-t', 'commands', 'app', '-s')
  tree.same(t, '-t', 'commands', 'check.ok', 'b.c^')
  tree.same(t, '-t', 'inputs', 'a.o', 'lib')
  tree.same(t, '-C', '.', '-t', 'targets')
})

test('query tells what a dyndep file adds, and warns of one that is missing', (t) => {
  const tree = new DropIn(t, manifests['a dyndep file'])
  for (const path of ['x', 'y', 'extra', 'z']) tree.same(t, '-t', 'query', path)
  tree.same(t, '-t', 'query', 'x', 'extra')
  const missing = new DropIn(t, manifests['a dyndep file that is not there'])
  const { code, stdout, stderr } = missing.ninja('-t', 'query', 'x')
  t.is(code, 0)
  t.is(stdout, missing.realNinja('-t', 'query', 'x').stdout)
  t.is(stderr, 'ninja: warning: dd: the dyndep file is missing\n')
})

test('compdb expands the response files of --option-file= and -f, as ninja 1.12 does', (t) => {
  const tree = new DropIn(t, {
    'build.ninja': ['--option-file=', '-f ', '--other=']
      .map(
        (mark, i) =>
          `rule r${i}\n  command = link ${mark}$out.rsp end\n  rspfile = $out.rsp\n  rspfile_content = $in\nbuild o${i}: r${i} a b\n`,
      )
      .join(''),
  })
  const entries: { readonly command: string }[] = JSON.parse(tree.ninja('-t', 'compdb', '-x').stdout)
  t.deepEqual(
    entries.map(({ command }) => command),
    ['link a b end', 'link a b end', 'link --other=o2.rsp end'],
  )
})

test("graph draws ninja's graph, with names of its own for the nodes", (t) => {
  const tree = new DropIn(t, {
    ...manifests['phony, implicit and order-only files, validations, pools'],
    'dyn.ninja': manifests['a dyndep file']!['build.ninja']!,
    dd: manifests['a dyndep file']!.dd!,
  })
  for (const args of [[], ['app', 'lib'], ['a.c^']]) {
    const draw = (drawing: string) => renumbered(drawing)
    t.is(draw(tree.ninja('-t', 'graph', ...args).stdout), draw(tree.realNinja('-t', 'graph', ...args).stdout))
  }
  const [ours, theirs] = [
    tree.ninja('-f', 'dyn.ninja', '-t', 'graph'),
    tree.realNinja('-f', 'dyn.ninja', '-t', 'graph'),
  ]
  t.is(renumbered(ours.stdout), renumbered(theirs.stdout))
})

/** Nodes named in the order in which they come up. */
function renumbered(drawing: string): string {
  const numbers = new Map<string, number>()
  return drawing.replaceAll(/"0x[0-9a-f]+"/g, (name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size)
    return `n${numbers.get(name)}`
  })
}

const generated = {
  'build.ninja': `rule make
  command = cp $in $out
rule cc
  command = cat $in made.h > $out && echo "$out: $in made.h other.h" > $out.d
  depfile = $out.d
  deps = gcc
build made.h: make made.in
build good.o: cc a.c || made.h
build bad.o: cc b.c
build all: phony made.h good.o bad.o
`,
  'made.in': '1\n',
  'other.h': '',
  'a.c': 'a\n',
  'b.c': 'b\n',
}

test('deps and missingdeps tell of recorded dependencies what ninja tells', (t) => {
  const [ours, theirs] = [new DropIn(t, generated), new DropIn(t, generated)]
  t.is(ours.ninja('-j1').code, 0)
  t.is(theirs.realNinja('-j1').code, 0)
  for (const args of [[], ['good.o', 'a.c', 'made.h']]) {
    const [our, their] = [ours.ninja('-t', 'deps', ...args), theirs.realNinja('-t', 'deps', ...args)]
    t.is(untimed(our.stdout), untimed(their.stdout))
  }
  t.deepEqual(ours.ninja('-t', 'query', './other.h'), theirs.realNinja('-t', 'query', './other.h'))
  const our = ours.ninja('-t', 'missingdeps', 'all')
  t.deepEqual(our, theirs.realNinja('-t', 'missingdeps', 'all'))
  t.is(our.code, 3)
  t.is(ours.ninja('-t', 'missingdeps', 'good.o').code, 0)
  ours.write('good.o', 'edited by hand')
  t.regex(ours.ninja('-t', 'deps', 'good.o').stdout, /^good\.o: #deps 3, deps mtime \d+ \(STALE\)\n {4}a\.c\n/)
})

function untimed(text: string): string {
  return text.replaceAll(/mtime \d+/g, 'mtime')
}

test('a reader that leaves early ends a tool in peace', (t) => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `build out${i}: r in\n`).join('')
  const tree = new DropIn(t, { 'build.ninja': `rule r\n  command = touch $out\n${lines}` })
  const { stdout, stderr } = tree.run('/bin/sh', [
    '-c',
    `"$0" "$@" | head -n 1`,
    process.execPath,
    launcher,
    '-t',
    'compdb',
  ])
  t.is(stdout, '[\n')
  t.is(stderr, '')
})
