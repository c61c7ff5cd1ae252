import { readFileSync } from 'node:fs'
import test from 'ava'
import { z } from 'zod'
import { type BuildGraph, formatGraphError } from '../../../../machines/graph/build-graph.ts'
import { jsonGraphShape } from '../../../../machines/graph/json/graph-shape.ts'
import { readJsonGraph } from '../../../../machines/graph/json/read-json-graph.ts'

function read(tasks: readonly object[], rest: object = {}): BuildGraph {
  const result = readJsonGraph({ file: 'g.json', text: JSON.stringify({ tasks, ...rest }) })
  if (!result.ok) throw new Error(formatGraphError(result.error))
  return result.graph
}

/** Task `id` with file numbers replaced by paths. */
function named(graph: BuildGraph, id: string) {
  const task = graph.tasks.find((candidate) => candidate.id === id)!
  const paths = (files: readonly number[]) => files.map((file) => graph.files[file]!)
  return { ...task, inputs: paths(task.inputs), outputs: paths(task.outputs) }
}

const compiled = { id: 'a', source_files: ['a.cpp'], output_path: 'out/a.o' }

test('a source with an output in .o is compiled only, with a depfile, flags before the source', (t) => {
  const graph = read([{ ...compiled, dependencies: ['a.h'], compile_flags: ['-O2', '-I', 'inc'], timeout_seconds: 60 }])
  const task = named(graph, 'a')
  const argv = ['c++', '-O2', '-I', 'inc', '-c', 'a.cpp', '-o', 'out/a.o', '-MMD', '-MF', 'out/a.o.d']
  t.deepEqual(task.command, { argv })
  t.deepEqual([task.inputs, task.explicitInputs, task.outputs], [['a.cpp', 'a.h'], 1, ['out/a.o']])
  t.deepEqual([task.depfile, task.deps, task.timeoutMs], ['out/a.o.d', 'gcc', 60_000])
})

test('a task without sources links the objects of its dependencies and of its depends_on, libraries last', (t) => {
  const link = {
    id: 'app',
    depends_on: ['a', 'lib'],
    dependencies: ['x.o', 'map.ld', 'out/a.o'],
    compile_flags: ['-lm', '-L', 'lib', '-Wl,--as-needed', '-pthread'],
    output_path: 'app',
  }
  const lib = { id: 'lib', command: ['ar', 'rcs', 'l.a', 'b.o'], inputs: ['b.o'], output_path: 'l.a' }
  const task = named(read([link, lib, compiled]), 'app')
  const argv = ['c++', '-L', 'lib', '-pthread', 'x.o', 'out/a.o', 'l.a', '-o', 'app', '-lm', '-Wl,--as-needed']
  t.deepEqual(task.command, { argv })
  t.deepEqual([task.inputs, task.explicitInputs], [['x.o', 'out/a.o', 'l.a', 'map.ld'], 3])
  t.is(task.depfile, undefined)
})

test('several sources are compiled and linked at once, after a run that lists the headers of all', (t) => {
  const task = named(read([{ id: 'app', source_files: ['a.cpp', "b'.cpp"], output_path: 'app' }]), 'app')
  const shell = "c++ -MM -MQ app a.cpp 'b'\\''.cpp' > app.d && c++ a.cpp 'b'\\''.cpp' -o app"
  t.deepEqual(task.command, { shell })
  t.is(task.depfile, 'app.d')
})

test('the compiler is the one given, and a path can not pass for an option or a response file', (t) => {
  const tasks = [{ id: 'a', source_files: ['-x.cpp'], dependencies: ['@y.o'], output_path: 'a' }]
  const result = readJsonGraph({ file: 'g', text: JSON.stringify({ tasks }), compiler: 'clang++' })
  t.true(result.ok)
  const argv = ['clang++', './-x.cpp', './@y.o', '-o', 'a', '-MMD', '-MF', 'a.d']
  if (result.ok) t.deepEqual(result.graph.tasks[0]?.command, { argv })
})

test('a link of very many objects names them in a response file', (t) => {
  const dependencies = Array.from({ length: 9000 }, (_, number) => `obj/${number} x.o`)
  const task = named(read([{ id: 'app', dependencies, output_path: 'app' }]), 'app')
  t.deepEqual(task.command, { argv: ['c++', '@app.rsp', '-o', 'app'] })
  t.true(task.rspfile?.content.startsWith('obj/0\\ x.o\nobj/1\\ x.o\n'))
  t.is(task.rspfile?.path, 'app.rsp')
})

test('a task with a command runs it, and reads all it names and all that its depends_on make', (t) => {
  const command = {
    ...{ id: 'gen', command: 'make-it', inputs: ['i'], dependencies: ['d'], source_files: ['s'], depends_on: ['a'] },
    ...{ outputs: ['o2'], output_path: 'o1', cwd: 'sub/', env: { A: '1' }, platform: { os: 'linux' }, retries: 2 },
    ...{ priority: -3, pool: 'few', cacheable: false, description: 'GEN', depfile: './gen.d' },
  }
  const task = named(read([command, compiled], { pools: { few: 2 } }), 'gen')
  t.like(task, {
    ...{ command: { shell: 'make-it' }, inputs: ['i', 'd', 's', 'out/a.o'], explicitInputs: 3, outputs: ['o1', 'o2'] },
    ...{ cwd: 'sub', env: { A: '1' }, platform: { os: 'linux' }, retries: 2, priority: -3, pool: 'few' },
    ...{ cacheable: false, description: 'GEN', depfile: 'gen.d', deps: 'gcc' },
  })
})

test('a task that only depends on others is a phony group under its id, and a link sees through groups', (t) => {
  const groups = [
    { id: 'objects', depends_on: ['inner'], dependencies: ['z.o'] },
    { id: 'inner', depends_on: ['a'] },
  ]
  const graph = read([{ id: 'app', depends_on: ['objects'], output_path: 'app' }, ...groups, compiled])
  const group = named(graph, 'objects')
  t.is(group.command, undefined)
  t.deepEqual([group.inputs, group.outputs], [['z.o', 'inner'], ['objects']])
  t.deepEqual(named(graph, 'app').command, { argv: ['c++', 'z.o', 'out/a.o', '-o', 'app'] })
  t.deepEqual(named(graph, 'app').inputs, ['z.o', 'out/a.o', 'objects'])
})

test('paths become canonical, so that two spellings are one file', (t) => {
  const graph = read([{ id: 'a', command: 'c', inputs: ['./x//y', 'z/../x/y', '../up', '/abs/./f'], outputs: ['o/'] }])
  t.deepEqual(graph.files, ['o', 'x/y', '../up', '/abs/f'])
})

test('default targets are task ids or paths, under either name', (t) => {
  const graph = read([compiled, { id: 'g', depends_on: ['a'] }], { default_targets: ['./out/a.o', 'g', 'a'] })
  t.deepEqual(
    graph.defaults.map((file) => graph.files[file]),
    ['out/a.o', 'g'],
  )
  t.deepEqual(read([compiled], { defaults: ['a'] }).defaults, [0])
  t.deepEqual(read([compiled]).defaults, [])
})

test('the console pool is always there, beside those of the graph', (t) => {
  t.deepEqual(read([], { pools: { link: 2 } }).pools, { link: 2, console: 1 })
})

test('names of Object.prototype are names like others', (t) => {
  const graph = read([
    { id: 'constructor', command: 'c', outputs: ['toString'] },
    { id: 'valueOf', depends_on: ['constructor'] },
  ])
  t.deepEqual(graph.files, ['toString', 'valueOf'])
})

test('a byte order mark is passed over', (t) => {
  t.true(readJsonGraph({ file: 'g', text: '\ufeff{"tasks":[]}' }).ok)
})

test('a text of more than 256 MiB is refused', (t) => {
  const result = readJsonGraph({ file: 'g', text: ' '.repeat(256 * 1024 * 1024 + 1) })
  t.deepEqual(result, { ok: false, error: { file: 'g', message: 'the text is larger than 256 MiB' } })
})

test('nesting of any depth is answered with an error', (t) => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"tasks":', '}'],
  ] as const) {
    const closed = readJsonGraph({ file: 'g', text: `${open.repeat(200_000)}1${close.repeat(200_000)}` })
    const unclosed = readJsonGraph({ file: 'g', text: open.repeat(200_000) })
    t.false(closed.ok)
    t.false(unclosed.ok)
  }
})

test('a group of 300,000 files can be linked', (t) => {
  const dependencies = Array.from({ length: 300_000 }, (_, number) => `${number}.o`)
  const graph = read([
    { id: 'g', dependencies },
    { id: 'app', depends_on: ['g'], output_path: 'app' },
  ])
  t.is(graph.tasks[1]!.inputs.length, 300_001)
})

const schemaPath = new URL('../../../../machines/graph/json/json-graph.schema.json', import.meta.url)

test('the published schema is the one the reader checks against', (t) => {
  const published: unknown = JSON.parse(readFileSync(schemaPath, 'utf8'))
  t.deepEqual(
    published,
    JSON.parse(JSON.stringify(z.toJSONSchema(jsonGraphShape))),
    'write z.toJSONSchema(jsonGraphShape)',
  )
})

test('the example in the published schema is a graph', (t) => {
  const { examples } = JSON.parse(readFileSync(schemaPath, 'utf8')) as { examples: unknown[] }
  const result = readJsonGraph({ file: 'g', text: JSON.stringify(examples[0]) })
  t.true(result.ok, result.ok ? '' : formatGraphError(result.error))
})
