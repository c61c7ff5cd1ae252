import test from 'ava'
import type { BuildGraph } from '../../../../machines/graph/build-graph.ts'
import { readNinja } from '../../../../machines/graph/ninja/read-ninja.ts'

function read(files: string | Readonly<Record<string, string>>, variables?: Readonly<Record<string, string>>) {
  const texts = typeof files === 'string' ? { 'build.ninja': files } : files
  const readFile = (path: string) => texts[path as keyof typeof texts] ?? null
  const result = readNinja({ file: 'build.ninja', readFile, ...(variables ? { variables } : {}) })
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result
}

const task = (graph: BuildGraph, id: string) => graph.tasks.find((each) => each.id === id)!

test('an empty manifest is an empty graph with the console pool', (t) => {
  t.deepEqual(read(''), {
    ok: true,
    graph: { files: [], tasks: [], pools: { console: 1 }, defaults: [] },
    warnings: [],
    manifests: ['build.ninja'],
  })
})

test('a build statement becomes a task', (t) => {
  const { graph } = read('rule cc\n  command = cc $in -o $out\nbuild a | b: cc c | d || e |@ f\n')
  t.deepEqual(graph.files, ['a', 'b', 'c', 'd', 'e', 'f'])
  t.deepEqual(graph.tasks, [
    {
      id: 'a',
      command: { shell: 'cc c -o a' },
      description: '',
      inputs: [2, 3],
      explicitInputs: 1,
      orderOnly: [4],
      validations: [5],
      outputs: [0, 1],
      explicitOutputs: 1,
    },
  ])
})

test('a phony statement becomes a task without a command', (t) => {
  const { graph } = read('build a: phony b c\n  command = ignored\n')
  t.false('command' in graph.tasks[0]!)
  t.deepEqual(graph.tasks[0]!.inputs, [1, 2])
})

test('all that a rule says about its task is read', (t) => {
  const { graph } = read(
    'pool p\n  depth = 4\nrule cc\n  command = cc @$rspfile\n  description = CC $out\n  depfile = $out.d\n  deps = gcc\n' +
      '  rspfile = $out.rsp\n  rspfile_content = $in_newline\n  restat = 1\n  generator = yes\n  pool = p\n' +
      'build a$ b: cc c$ d e\n',
  )
  t.like(task(graph, 'a b'), {
    command: { shell: "cc @'a b'.rsp" },
    description: "CC 'a b'",
    depfile: 'a b.d',
    deps: 'gcc',
    rspfile: { path: 'a b.rsp', content: "'c d'\ne" },
    restat: true,
    generator: true,
    pool: 'p',
  })
  t.deepEqual(graph.pools, { console: 1, p: 4 })
})

test('an empty value turns a flag of the rule off', (t) => {
  const { graph } = read(
    'rule cc\n  command = x\n  restat = 1\n  generator = 1\nbuild a: cc\n  restat =\n  generator =\n',
  )
  t.false('restat' in graph.tasks[0]! || 'generator' in graph.tasks[0]!)
})

test('deps of Visual C++ carry their prefix', (t) => {
  const { graph } = read('rule cl\n  command = cl\n  deps = msvc\n  msvc_deps_prefix = Hinweis:\nbuild a: cl\n')
  t.like(graph.tasks[0], { deps: 'msvc', depsPrefix: 'Hinweis:' })
})

test('a dyndep file is known by its number', (t) => {
  const { graph } = read('rule x\n  command = x\nbuild a: x b || c\n  dyndep = ./c\n')
  t.is(graph.files[graph.tasks[0]!.dyndep!], 'c')
})

test('default targets are kept in order, each once', (t) => {
  const { graph } = read('build a: phony\nbuild b: phony c\ndefault b ./a\ndefault a c\n')
  t.deepEqual(
    graph.defaults.map((file) => graph.files[file]),
    ['b', 'a', 'c'],
  )
})

test('every file that was read is listed once', (t) => {
  const files = { 'build.ninja': 'include a\nsubninja b\nsubninja b\n', a: 'include c\n', b: '', c: '' }
  t.deepEqual(read(files).manifests, ['build.ninja', 'a', 'c', 'b'])
})

test('builddir is told with its last value', (t) => {
  t.is(read('builddir = a\nbuilddir = $builddir/b\n').builddir, 'a/b')
})

test('variables can be given from outside', (t) => {
  const { graph } = read('rule r\n  command = $cc $ld\nld = mine\nbuild a: r\n', { cc: 'clang', ld: 'lld' })
  t.deepEqual(graph.tasks[0]!.command, { shell: 'clang mine' })
})

test('an older major version is a warning', (t) => {
  t.is(read('ninja_required_version = 0.9\n').warnings.length, 1)
  t.is(read('ninja_required_version = 1.12.7\n').warnings.length, 0)
})

test('a phony statement that names itself is mended with a warning', (t) => {
  const { graph, warnings } = read('build a: phony a b\n')
  t.deepEqual(graph.tasks[0]!.inputs, [1])
  t.deepEqual(warnings, ["phony target 'a' names itself as an input; ignoring it"])
})

test('names of objects in the language are ordinary names', (t) => {
  const { graph } = read(
    'pool __proto__\n  depth = 2\n__proto__ = x\nrule constructor\n  command = $__proto__\nbuild toString: constructor __proto__\n',
  )
  t.deepEqual(Object.entries(graph.pools), [
    ['console', 1],
    ['__proto__', 2],
  ])
  t.deepEqual(task(graph, 'toString').command, { shell: 'x' })
})
