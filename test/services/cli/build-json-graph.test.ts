import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'

const sources = {
  'src/main.cpp': '#include <cstdio>\n#include "greet.h"\nint main() { std::puts(greeting()); }\n',
  'src/greet.cpp': '#include "greet.h"\nconst char *greeting() { return "hello"; }\n',
  'src/greet.h': 'const char *greeting();\n',
}

/** The form that the C++ predecessor read: sources compiled to objects, linked by the task that depends on them. */
const graph = {
  tasks: [
    {
      id: 'main.o',
      source_files: ['src/main.cpp'],
      dependencies: ['src/greet.h'],
      compile_flags: ['-O1'],
      output_path: 'out/main.o',
    },
    { id: 'greet.o', source_files: ['src/greet.cpp'], compile_flags: ['-O1'], output_path: 'out/greet.o' },
    { id: 'app', source_files: [], depends_on: ['main.o', 'greet.o'], output_path: 'out/app', timeout_seconds: 60 },
    { id: 'run', command: ['sh', '-c', './out/app > out/said'], depends_on: ['app'], outputs: ['out/said'] },
    { id: 'all', depends_on: ['run'] },
  ],
  default_targets: ['all'],
}

test.before(() => requireTool('c++'))

test('a JSON graph of C++ sources builds, its program runs, and headers are seen', (t) => {
  const rig = new MillraceRig(t, { ...sources, 'millrace.json': JSON.stringify(graph) })
  t.deepEqual([...rig.mustBuild(t)].sort(), ['app', 'greet.o', 'main.o', 'run'])
  t.is(rig.read('out/said'), 'hello\n')
  t.deepEqual(rig.mustBuild(t), [])
  rig.append('src/greet.h', '// edited\n')
  t.deepEqual([...rig.mustBuild(t)].sort(), ['greet.o', 'main.o'], 'the objects come out the same')
  rig.write('src/greet.cpp', sources['src/greet.cpp'].replace('hello', 'good bye'))
  t.deepEqual(rig.mustBuild(t, 'out/said'), ['greet.o', 'app', 'run'])
  t.is(rig.read('out/said'), 'good bye\n')
})

test('a task of a JSON graph that does not make its outputs, or takes too long, fails', (t) => {
  const tasks = [
    { id: 'lazy', command: ['true'], outputs: ['lazy'] },
    { id: 'slow', command: ['sleep', '60'], outputs: ['slow'], timeout_seconds: 1 },
  ]
  const rig = new MillraceRig(t, { 'millrace.json': JSON.stringify({ tasks }) })
  const run = rig.millrace(['build', '-k0'])
  t.is(run.code, 1)
  t.regex(run.stdout, /FAILED: \[invalid\] lazy\ntrue\nthe command succeeded but did not make its output lazy\n/)
  t.regex(run.stdout, /FAILED: \[timeout\] slow\nsleep 60\nkilled after 1 s, its time limit\n/)
})

test('the environment of a task of a JSON graph is part of what it is', (t) => {
  const withValue = (value: string) =>
    JSON.stringify({ tasks: [{ id: 'a', command: 'echo $VALUE > a', env: { VALUE: value }, outputs: ['a'] }] })
  const rig = new MillraceRig(t, { 'millrace.json': withValue('1') })
  t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['a'], []])
  rig.write('millrace.json', withValue('2'))
  t.deepEqual(rig.mustBuild(t), ['a'])
  t.is(rig.read('a'), '2\n')
})

const refusedGraphs: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['text that is not JSON', '{"tasks": [', /millrace\.json:1:12: /],
  ['another shape', '{"tasks": {}}', /millrace\.json:1:\d+: .*must be an array of tasks/],
  [
    'tasks that wait for each other',
    '{"tasks": [{"id": "a", "command": "x", "outputs": ["a"], "depends_on": ["b"]},\n{"id": "b", "command": "x", "outputs": ["b"], "depends_on": ["a"]}]}',
    /millrace\.json:1:\d+: dependency cycle: a -> b -> a/,
  ],
  [
    'an unknown dependency',
    '{"tasks": [{"id": "a", "command": "x", "outputs": ["a"], "depends_on": ["bb"]}]}',
    /millrace\.json:1:\d+: task "a": depends_on names the unknown task "bb"/,
  ],
  [
    'an output that is made twice',
    '{"tasks": [{"id": "a", "command": "x", "outputs": ["o"]}, {"id": "b", "command": "x", "outputs": ["o"]}]}',
    /millrace\.json:1:\d+: multiple tasks make o: a and b/,
  ],
  [
    'a source that is missing',
    '{"tasks": [{"id": "a", "command": "x", "inputs": ["none"], "outputs": ["a"]}]}',
    /: 'none', needed by 'a', is missing and no task makes it/,
  ],
]

test('a JSON graph that is wrong ends the build with one line and exit code 2', (t) => {
  for (const [what, text, message] of refusedGraphs) {
    const run = new MillraceRig(t, { 'millrace.json': text }).millrace(['build'])
    t.is(run.code, 2, what)
    t.regex(run.stderr, message, what)
    t.regex(run.stderr, /^millrace: [^\n]*\n$/, what)
    t.is(run.stdout, '', what)
  }
})

test('a compilation database builds its objects and sees their headers', (t) => {
  const rig = new MillraceRig(t, sources)
  const entry = (name: string) => ({
    directory: rig.directory,
    file: `src/${name}.cpp`,
    command: `c++ -o out/${name}.o -c src/${name}.cpp`,
  })
  rig.write('compile_commands.json', JSON.stringify([entry('main'), entry('greet')]))
  t.is(rig.mustBuild(t).length, 2)
  rig.append('src/greet.h', '// edited\n')
  t.is(rig.mustBuild(t).length, 2)
  t.deepEqual(rig.mustBuild(t), [])
})
