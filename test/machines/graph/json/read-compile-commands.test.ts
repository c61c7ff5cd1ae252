import test from 'ava'
import fc from 'fast-check'
import { formatGraphError } from '../../../../machines/graph/build-graph.ts'
import { readCompileCommands } from '../../../../machines/graph/json/read-compile-commands.ts'

const read = (entries: unknown) =>
  readCompileCommands({ file: 'g', text: JSON.stringify(entries), directory: '/w/build' })

function only(entry: object) {
  const result = read([{ directory: '/w/build', file: 'a.cpp', ...entry }])
  if (!result.ok) throw new Error(formatGraphError(result.error))
  const task = result.graph.tasks[0]!
  return { ...task, files: result.graph.files, warnings: result.warnings }
}

test('an entry becomes a task named after its output, with a depfile beside it', (t) => {
  const task = only({
    directory: '/w/build/sub',
    file: '/w/src/a.cpp',
    arguments: ['g++', '-c', '/w/src/a.cpp', '-o', 'a.o'],
  })
  t.like(task, { id: 'sub/a.o', cwd: 'sub', depfile: 'sub/a.o.d', deps: 'gcc', warnings: [] })
  t.deepEqual(task.files, ['/w/src/a.cpp', 'sub/a.o'])
  t.deepEqual(task.command, { argv: ['g++', '-c', '/w/src/a.cpp', '-o', 'a.o', '-MMD', '-MF', 'a.o.d'] })
})

test('a command in the graph directory has no cwd, and a directory outside stays absolute', (t) => {
  t.is(only({ command: 'cc -c a.c' }).cwd, undefined)
  t.is(only({ command: 'cc -c a.c', directory: '/w/build2' }).cwd, '/w/build2')
  t.is(only({ command: 'cc -c a.c', directory: '/w/build2' }).id, '/w/build2/a.o')
  t.is(only({ command: 'cc -c a.c', directory: 'sub' }).cwd, 'sub')
})

const outputs: readonly (readonly [string, string])[] = [
  ['g++ -c a.cpp', 'a.o'],
  ['g++ -c a.cpp -o x.o', 'x.o'],
  ['g++ -c a.cpp -ox.o', 'x.o'],
  ['g++ -c a.cpp -o "x y.o"', 'x y.o'],
  ['g++ -S a.cpp', 'a.s'],
  ['g++ a.cpp -o ./d/../prog', 'prog'],
]
for (const [command, output] of outputs) {
  test(`the output of \`${command}\` is ${output}`, (t) => t.is(only({ command }).id, output))
}

test('the entry’s own output counts more than the command', (t) =>
  t.is(only({ command: 'g++ -c a.cpp -o b.o', output: 'c.o' }).id, 'c.o'))

const depfiles: readonly (readonly [string, string | undefined, boolean])[] = [
  ['g++ -c a.cpp', 'a.o.d', true],
  ['/usr/bin/x86_64-linux-gnu-g++-12 -c a.cpp', 'a.o.d', true],
  ['clang++-17.0 -c a.cpp', 'a.o.d', true],
  ['ccache clang -c a.cpp', 'a.o.d', true],
  ['g++ -MD -c a.cpp', 'a.d', false],
  ['g++ -MMD -c a.cpp -o x.cpp.o', 'x.cpp.d', false],
  ['g++ -MMD -MF deps/a.d -c a.cpp', 'deps/a.d', false],
  ['g++ -MD -MFa.dep -c a.cpp', 'a.dep', false],
  ['g++ -Wp,-MD,w.d -c a.cpp', 'w.d', false],
  ['nvcc -c a.cpp', undefined, false],
  ['clang-cl -c a.cpp', undefined, false],
]
for (const [command, depfile, isAdded] of depfiles) {
  test(`\`${command}\` ${depfile ? `lists headers in ${depfile}` : 'lists no headers, with a warning'}`, (t) => {
    const task = only({ command })
    t.is(task.depfile, depfile)
    t.deepEqual(task.command, { shell: isAdded ? `${command} -MMD -MF ${depfile}` : command })
    t.is(task.warnings.length, depfile === undefined ? 1 : 0)
  })
}

test('a shell line that is more than one plain command runs as it is, with a warning', (t) => {
  for (const command of [
    'cd x && g++ -c a.cpp',
    'g++ -c a.cpp > log',
    'g++ $F -c a.cpp',
    'g++ -c a.cpp "',
    'g++ *.c',
  ]) {
    const task = only({ command, output: 'a.o' })
    t.deepEqual(task.command, { shell: command })
    t.is(task.depfile, undefined)
    t.is(task.warnings.length, 1)
  }
})

test('assembly that is not preprocessed gets no depfile and no warning', (t) => {
  const task = only({ file: 'a.s', command: 'gcc -c a.s' })
  t.deepEqual([task.depfile, task.warnings], [undefined, []])
})

test('an empty database is an empty graph', (t) => {
  const result = read([])
  t.true(result.ok && result.graph.tasks.length === 0)
})

const entry = { directory: '/w/build', file: 'a.c', command: 'cc -c a.c' }
const malformed: readonly (readonly [unknown, string])[] = [
  [{}, 'g:1:1: the compilation database must be an array of entries, found an object'],
  [[1], 'g:1:2: entry 1: must be an object, found 1'],
  [[{}], 'g:1:2: entry 1: directory is missing'],
  [[{ ...entry, command: ['cc'] }], 'g:1:49: entry 1: command must be a string, found an array'],
  [[{ ...entry, arguments: 'cc' }], 'g:1:73: entry 1: arguments must be an array of strings, found a string'],
  [[{ ...entry, arguments: [] }], 'g:1:73: entry 1: arguments must not be empty'],
  [[{ ...entry, file: 'a\0' }], 'g:1:33: entry 1: file must not contain a NUL character'],
  [[{ ...entry, arguments: ['cc'] }], 'g:1:2: entry 1 ("a.c"): both command and arguments (give one of the two)'],
  [[{ directory: '/', file: 'a.c' }], 'g:1:2: entry 1 ("a.c"): neither command nor arguments (give one of the two)'],
  [[{ ...entry, command: 'cc a.c' }], 'g:1:2: entry 1 ("a.c"): no output (give "output", or -o or -c in the command)'],
  [[entry, entry], 'g:1:62: entry 2: "a.o" is already the output of entry 1, first given on line 1'],
  [[{ ...entry, output: 'a.c' }], 'g:1:2: dependency cycle: a.c -> a.c'],
]
for (const [entries, message] of malformed) {
  test(`${JSON.stringify(entries)} is refused with one line that says where and why`, (t) => {
    const result = read(entries)
    t.is(result.ok ? 'no error' : formatGraphError(result.error), message)
  })
}

test('no JSON value and no command line makes the reader throw', (t) => {
  const keys = { directory: fc.string(), file: fc.string(), output: fc.string() }
  const piece = fc.constantFrom('gcc', '-o', '-c', '-MD', '-MF', '-Wp,-MD,', "'", '"', '\\', ' ', '$', 'a.c')
  const command = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '))
  const given = fc.record({ ...keys, command, arguments: fc.array(piece) }, { requiredKeys: ['directory', 'file'] })
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.array(given)), (entries) => {
      const result = read(entries)
      return result.ok || !formatGraphError(result.error).includes('\n')
    }),
    { numRuns: 2000 },
  )
  t.pass()
})
