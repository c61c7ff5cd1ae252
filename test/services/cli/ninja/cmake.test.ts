import { readdirSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { requireTool } from '../../../rig/require-tool.ts'
import { DropIn, launcher } from './drop-in.ts'

test.before(() => requireTool('cmake', 'c++'))

const project = {
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.13)
project(demo CXX)
include(CheckCXXSourceCompiles)
check_cxx_source_compiles("int main() { return 0; }" COMPILES)
check_cxx_source_compiles("int main() { return nothing; }" DOES_NOT_COMPILE)
file(WRITE \${CMAKE_BINARY_DIR}/checks "\${COMPILES} \${DOES_NOT_COMPILE}")
add_library(mill STATIC mill.cpp)
add_executable(app app.cpp)
target_link_libraries(app mill)
`,
  'mill.h': 'int mill();\n',
  'mill.cpp': '#include "mill.h"\nint mill() { return 42; }\n',
  'app.cpp': '#include "mill.h"\nint main() { return mill() == 42 ? 0 : 1; }\n',
}

/** A project that CMake has configured with the drop-in in ninja's place. */
function configured(t: ExecutionContext, files: Readonly<Record<string, string>> = project): DropIn {
  const tree = new DropIn(t, files)
  tree.mustRun(t, 'cmake', ['-G', 'Ninja', `-DCMAKE_MAKE_PROGRAM=${launcher}`, '-S', '.', '-B', 'build'])
  return tree
}

/** What `cmake --build build` prints, with the numbers left out and the lines sorted. */
function built(t: ExecutionContext, tree: DropIn, ...args: readonly string[]): readonly string[] {
  const stdout = tree.mustRun(t, 'cmake', ['--build', 'build', ...args])
  return stdout
    .trimEnd()
    .replaceAll(/^\[\d+\/\d+\] /gm, '')
    .split('\n')
    .sort()
}

const compileApp = 'Building CXX object CMakeFiles/app.dir/app.cpp.o'
const compileMill = 'Building CXX object CMakeFiles/mill.dir/mill.cpp.o'
const linkApp = 'Linking CXX executable app'
const linkMill = 'Linking CXX static library libmill.a'
const everything = [compileApp, compileMill, linkApp, linkMill]

test('CMake configures, builds, cleans and configures again', (t) => {
  const tree = configured(t)
  t.is(tree.read('build/checks'), '1 ')
  t.deepEqual(built(t, tree, '-j', '3'), everything)
  t.deepEqual(built(t, tree), ['ninja: no work to do.'])
  tree.mustRun(t, 'build/app', [])

  tree.append('mill.h', '// edited\n')
  t.deepEqual(built(t, tree, '--target', 'mill'), [compileMill])
  t.deepEqual(built(t, tree), [compileApp])

  // An edit, since what was built once may come from the cache.
  tree.append('app.cpp', '// edited\n')
  const cleaned = built(t, tree, '--clean-first', '-v', '--target', 'app').join('\n')
  t.regex(cleaned, / -t clean $/m)
  t.regex(cleaned, /^Cleaning\.\.\. 4 files\.$/m)
  t.regex(cleaned, /-c \S*app\.cpp$/m)
  t.deepEqual(built(t, tree, '--target', 'clean'), ['Cleaning all built files...', 'Cleaning... 4 files.'])
  t.false(tree.has('build/app'))
  built(t, tree)
  tree.mustRun(t, 'build/app', [])

  tree.append('CMakeLists.txt', 'add_executable(other app.cpp)\ntarget_link_libraries(other mill)\n')
  t.true(built(t, tree).includes('Linking CXX executable other'))
  t.deepEqual(built(t, tree), ['ninja: no work to do.'])
})

test("nothing of CMake's compiler checks stays behind, in the tree or where builds are remembered", (t) => {
  const tree = configured(t)
  t.false(tree.has('../state/millrace'))
  t.deepEqual(readdirSync(tree.path('build/CMakeFiles/CMakeScratch')), [])
})

test('what a build of CMake prints of a failure ends with its exit code', (t) => {
  const tree = configured(t)
  tree.append('app.cpp', 'nonsense\n')
  const { code, stdout } = tree.run('cmake', ['--build', 'build'])
  t.is(code, 1)
  t.regex(stdout, /error: .*nonsense/)
  t.regex(stdout, /\nninja: build stopped: subcommand failed\.\n$/)
})

test('of a tree that CMake made, the tools print what those of ninja print', (t) => {
  const tree = configured(t)
  const questions = [
    ['targets', 'all'],
    ['targets', 'depth', '0'],
    ['targets', 'rule', 'phony'],
    ['targets', 'rule'],
    ['rules', '-d'],
    ['commands'],
    ['commands', '-s', 'app'],
    ['inputs', 'app'],
    ['compdb'],
    ['compdb', '-x', 'CXX_COMPILER__app_'],
    ['query', 'app', 'mill', 'all'],
  ]
  for (const question of questions) t.true(tree.same(t, '-C', 'build', '-t', ...question).length > 0)
})

test('modules of Fortran-like tools, written as dyndep files, are built in order and stay when dead files go', (t) => {
  const tree = new DropIn(t, {
    'build.ninja': `rule scan
  command = printf 'ninja_dyndep_version = 1\\nbuild user.o: dyndep | unit.mod\\nbuild unit.o | unit.mod: dyndep\\n' > $out
rule compile
  command = sh compile.sh $out
build dd: scan user.f unit.f
build user.o: compile user.f || dd
  dyndep = dd
build unit.o: compile unit.f || dd
  dyndep = dd
`,
    'compile.sh': 'if [ $1 = unit.o ]; then touch unit.mod unit.o; else cat unit.mod > $1; fi\n',
    'user.f': '',
    'unit.f': '',
  })
  t.is(tree.ninja().code, 0)
  t.is(tree.ninja('-t', 'cleandead').stdout, 'Cleaning... 0 files.\n')
  t.is(tree.ninja('-t', 'restat', 'user.o', 'unit.o').code, 0)
  t.is(tree.ninja().stdout, 'ninja: no work to do.\n')
})
