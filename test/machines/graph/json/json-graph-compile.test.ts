import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { type BuildGraph, formatGraphError, type GraphResult } from '../../../../machines/graph/build-graph.ts'
import { readCompileCommands } from '../../../../machines/graph/json/read-compile-commands.ts'
import { readJsonGraph } from '../../../../machines/graph/json/read-json-graph.ts'
import { TaskGraph } from '../../../../machines/graph/task-graph.ts'

const sources = {
  'src/main.cpp': '#include "greet.h"\nint main() { greet(); return 0; }\n',
  'src/greet.cpp':
    '#include <cmath>\n#include <cstdio>\n#include "greet.h"\n#include "name.h"\nvolatile double x = 4;\nvoid greet() { std::printf("hello %s %d\\n", NAME, (int)std::sqrt(x)); }\n',
  'inc/greet.h': 'void greet();\n',
  'inc/name.h': '#define NAME "mill"\n',
}

/** Runs `body` in a fresh directory with the sources in it. */
function inProject(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-json-'))
  try {
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
    }
    body(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Runs every command of the graph in order, and gives what the depfiles list. */
function run(graph: BuildGraph, directory: string): Record<string, string[]> {
  const read: Record<string, string[]> = {}
  for (const number of new TaskGraph(graph).order(new Uint8Array(graph.tasks.length).fill(1))) {
    const { id, command, cwd, outputs, depfile, rspfile } = graph.tasks[number]!
    if (command === undefined) continue
    for (const file of outputs) mkdirSync(dirname(join(directory, graph.files[file]!)), { recursive: true })
    if (rspfile) writeFileSync(join(directory, rspfile.path), rspfile.content)
    const [program, ...args] = 'argv' in command ? command.argv : ['/bin/sh', '-c', command.shell]
    execFileSync(program!, args, { cwd: join(directory, cwd ?? '.') })
    if (depfile === undefined) continue
    const words = readFileSync(join(directory, depfile), 'utf8').split(/[\s\\]+/)
    read[id] = words.filter((word) => word !== '' && !word.endsWith(':'))
  }
  return read
}

function graphOf(result: GraphResult): BuildGraph {
  if (!result.ok) throw new Error(formatGraphError(result.error))
  return result.graph
}

test('the earlier form is compiled file by file and linked, and the program runs', (t) => {
  const compile = (id: string) => ({
    ...{ id, source_files: [`src/${id}.cpp`], dependencies: ['inc/greet.h'], compile_flags: ['-Iinc', '-O1'] },
    ...{ output_path: `build/${id}.o`, timeout_seconds: 60, depends_on: [] },
  })
  const link = {
    ...{ id: 'link', source_files: [], dependencies: ['build/main.o'], compile_flags: ['-lm'] },
    ...{ output_path: 'build/app', timeout_seconds: 60, depends_on: ['main', 'greet'] },
  }
  const text = JSON.stringify({ tasks: [link, compile('main'), compile('greet')] })
  inProject((directory) => {
    const read = run(graphOf(readJsonGraph({ file: 'g', text, compiler: 'g++' })), directory)
    t.is(execFileSync(join(directory, 'build/app'), { encoding: 'utf8' }), 'hello mill 2\n')
    t.deepEqual(read.greet, ['src/greet.cpp', 'inc/greet.h', 'inc/name.h'])
  })
})

test('several sources compiled at once list the headers of each', (t) => {
  const app = {
    id: 'app',
    source_files: ['src/greet.cpp', 'src/main.cpp'],
    compile_flags: ['-Iinc'],
    output_path: 'b/app',
  }
  inProject((directory) => {
    const read = run(graphOf(readJsonGraph({ file: 'g', text: JSON.stringify({ tasks: [app] }) })), directory)
    t.is(execFileSync(join(directory, 'b/app'), { encoding: 'utf8' }), 'hello mill 2\n')
    t.deepEqual(read.app?.toSorted(), [...Object.keys(sources), 'inc/greet.h'].toSorted())
  })
})

test('an archive made by a command is linked after the objects that need it', (t) => {
  const tasks = [
    { id: 'lib', command: 'ar rcs b/greet.a b/greet.o', depends_on: ['greet'], outputs: ['b/greet.a'] },
    { id: 'greet', source_files: ['src/greet.cpp'], compile_flags: ['-Iinc'], output_path: 'b/greet.o' },
    { id: 'main', source_files: ['src/main.cpp'], compile_flags: ['-Iinc'], output_path: 'b/main.o' },
    { id: 'parts', depends_on: ['lib', 'main'] },
    { id: 'app', depends_on: ['parts'], output_path: 'b/app' },
  ]
  inProject((directory) => {
    run(graphOf(readJsonGraph({ file: 'g', text: JSON.stringify({ tasks }) })), directory)
    t.is(execFileSync(join(directory, 'b/app'), { encoding: 'utf8' }), 'hello mill 2\n')
  })
})

test('objects with odd names are linked from a response file', (t) => {
  const names = Array.from({ length: 800 }, (_, number) => `${number} "it's" \\ ${'x'.repeat(80)}`)
  const tasks = [
    ...names.map((name) => ({
      id: name,
      command: ['cp', 'empty.o', `b/${name}.o`],
      depends_on: ['empty'],
      outputs: [`b/${name}.o`],
    })),
    { id: 'empty', source_files: ['empty.cpp'], output_path: 'empty.o' },
    {
      id: 'app',
      source_files: ['src/main.cpp', 'src/greet.cpp'],
      compile_flags: ['-Iinc'],
      depends_on: names,
      output_path: 'b/app',
    },
  ]
  inProject((directory) => {
    writeFileSync(join(directory, 'empty.cpp'), '')
    run(graphOf(readJsonGraph({ file: 'g', text: JSON.stringify({ tasks }) })), directory)
    t.is(execFileSync(join(directory, 'b/app'), { encoding: 'utf8' }), 'hello mill 2\n')
  })
})

test('a compilation database is compiled, with the headers of every form of command', (t) => {
  inProject((directory) => {
    const build = join(directory, 'build')
    const entries = [
      { directory: build, file: '../src/main.cpp', command: "g++ '-I../inc' -c ../src/main.cpp" },
      { directory: build, file: '../src/main.cpp', command: 'g++ -I../inc -MD -c ../src/main.cpp -o x/m.cpp.o' },
      { directory, file: 'src/greet.cpp', arguments: ['g++', '-Iinc', '-c', 'src/greet.cpp', '-obuild/a b.o'] },
      { directory, file: 'src/greet.cpp', command: 'g++ -Iinc -c src/greet.cpp -o "build/a c.o" -Wp,-MMD,build/c.d' },
    ]
    mkdirSync(build)
    const read = run(graphOf(readCompileCommands({ file: 'g', text: JSON.stringify(entries), directory })), directory)
    t.deepEqual(Object.keys(read), ['build/main.o', 'build/x/m.cpp.o', 'build/a b.o', 'build/a c.o'])
    t.true(read['build/main.o']!.includes('../inc/greet.h'))
    t.true(read['build/x/m.cpp.o']!.includes('../inc/greet.h'))
    t.true(read['build/a b.o']!.includes('inc/name.h'))
    t.true(read['build/a c.o']!.includes('inc/name.h'))
    const link = ['build/main.o', 'build/a b.o', '-o', 'app']
    execFileSync('g++', link, { cwd: directory })
    t.is(execFileSync(join(directory, 'app'), { encoding: 'utf8' }), 'hello mill 2\n')
  })
})
