import { execFileSync, type StdioOptions } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { BuildGraph } from '../../../../machines/graph/build-graph.ts'
import { readNinja } from '../../../../machines/graph/ninja/read-ninja.ts'
import { featureManifests } from './features.ts'

const OUTPUT_BYTES_MAX = 2 ** 28

function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-ninja-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

function readFileIn(folder: string): (path: string) => string | null {
  return (path) => {
    try {
      return readFileSync(path.startsWith('/') ? path : join(folder, path), 'utf8')
    } catch {
      return null
    }
  }
}

function ninja(folder: string, args: readonly string[]): string {
  const stdio: StdioOptions = ['ignore', 'pipe', 'ignore']
  return execFileSync('ninja', args, { cwd: folder, encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX, stdio })
}

interface CompileCommand {
  readonly command: string
  readonly output: string
}

/** First output to command, of all edges that have inputs, as ninja prints it. */
function ninjaCommands(folder: string): Record<string, string> {
  const text = ninja(folder, ['-t', 'compdb'])
  const list = JSON.parse(text) as readonly CompileCommand[]
  return Object.fromEntries(list.map(({ output, command }) => [output, command]))
}

function graphCommands(graph: BuildGraph): Record<string, string> {
  const commands: Record<string, string> = {}
  for (const { id, inputs, orderOnly, command } of graph.tasks) {
    if (inputs.length + orderOnly.length === 0) continue
    commands[id] = command && 'shell' in command ? command.shell : ''
  }
  return commands
}

/** Every output, sorted. */
function ninjaTargets(folder: string): readonly string[] {
  const lines = ninja(folder, ['-t', 'targets', 'all']).trim().split('\n')
  return lines.map((line) => line.replace(/: [^:]*$/, '')).sort()
}

function graphTargets(graph: BuildGraph): readonly string[] {
  return graph.tasks.flatMap(({ outputs }) => outputs.map((file) => graph.files[file]!)).sort()
}

/** Every input in ninja's words: `a`, `| a`, `|| a`, `|@ a`. */
function ninjaInputs(folder: string, output: string): readonly string[] {
  const text = ninja(folder, ['-t', 'query', output])
  const lines = text.split('\n')
  const end = lines.findIndex((line) => line.startsWith('  outputs:'))
  return lines
    .slice(2, end)
    .map((line) => line.trim())
    .filter((line) => line !== 'validations:')
}

function graphInputs(graph: BuildGraph, output: string): readonly string[] {
  const task = graph.tasks.find(({ outputs }) => outputs.some((file) => graph.files[file] === output))!
  const name = (file: number) => graph.files[file]!
  return [
    ...task.inputs.map((file, index) => (index < task.explicitInputs ? '' : '| ') + name(file)),
    ...task.orderOnly.map((file) => `|| ${name(file)}`),
    ...task.validations.map(name),
  ]
}

function compare(t: ExecutionContext, folder: string): BuildGraph | undefined {
  const result = readNinja({ file: 'build.ninja', readFile: readFileIn(folder) })
  t.true(result.ok, result.ok ? '' : JSON.stringify(result.error))
  if (!result.ok) return undefined
  t.deepEqual(graphCommands(result.graph), ninjaCommands(folder))
  t.deepEqual(graphTargets(result.graph), ninjaTargets(folder))
  return result.graph
}

for (const [name, files] of featureManifests) {
  test(`${name} reads as ninja reads it`, (t) => {
    const folder = temporaryFolder(t)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const graph = compare(t, folder)
    if (!graph) return
    for (const { outputs } of graph.tasks) {
      const output = graph.files[outputs[0]!]!
      t.deepEqual(graphInputs(graph, output), ninjaInputs(folder, output), output)
    }
  })
}

test("a tree that CMake generated has ninja's commands, targets and inputs", (t) => {
  const folder = temporaryFolder(t)
  const flags = ['-Dgtest_build_tests=ON', '-Dgmock_build_tests=ON', '-Dgtest_build_samples=ON']
  execFileSync('cmake', ['-G', 'Ninja', '-S', '/usr/src/googletest', '-B', folder, ...flags], { stdio: 'ignore' })
  const graph = compare(t, folder)
  if (!graph) return
  t.true(graph.tasks.length > 200)
  for (const output of ['all', 'gtest', 'build.ninja', 'lib/libgtest.a', 'lib/libgmock.a', 'edit_cache']) {
    t.deepEqual(graphInputs(graph, output), ninjaInputs(folder, output), output)
  }
  const regenerate = graph.tasks.find(({ id }) => id === 'build.ninja')
  t.like(regenerate, { generator: true, pool: 'console' })
  t.deepEqual(
    graph.defaults.map((file) => graph.files[file]),
    ['all'],
  )
  const object = graph.tasks.find(({ id }) => id.endsWith('gtest-all.cc.o'))
  t.like(object, { deps: 'gcc', depfile: `${object?.id}.d`, description: `Building CXX object ${object?.id}` })
})

test("a tree that Meson generated has ninja's commands and targets", (t) => {
  const folder = temporaryFolder(t)
  const source = join(folder, 'source tree')
  mkdirSync(join(source, 'sub'), { recursive: true })
  writeFileSync(
    join(source, 'meson.build'),
    [
      "project('demo', 'c', 'cpp')",
      "generated = custom_target('gen', output: 'gen file.h', command: ['sh', '-c', 'echo \"$1\" > $0', '@OUTPUT@', 'it\\'s $HOME'])",
      "library = static_library('l', 'sub/l.c', generated)",
      "program = executable('p', 'p.cpp', link_with: library)",
      "test('runs', program)",
      '',
    ].join('\n'),
  )
  writeFileSync(join(source, 'sub/l.c'), 'int l(void) { return 0; }\n')
  writeFileSync(join(source, 'p.cpp'), 'int main() { return 0; }\n')
  const build = join(folder, 'build')
  execFileSync('meson', ['setup', build, source], { stdio: 'ignore' })
  const graph = compare(t, build)
  t.true(graph !== undefined && graph.tasks.length > 5)
})
