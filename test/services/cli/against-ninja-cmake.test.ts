import test from 'ava'
import { requireTool } from '../../rig/require-tool.ts'
import { NinjaTwin } from './ninja-twin.ts'

test.before(() => requireTool('cmake', 'c++'))

test('of googletest, a dry run prints the commands that ninja prints', (t) => {
  const twin = new NinjaTwin(t, {}, 'build')
  const flags = ['-Dgtest_build_tests=ON', '-Dgmock_build_tests=ON', '-Dgtest_build_samples=ON']
  twin.each((tree) => tree.tool('cmake', ['-G', 'Ninja', '-S', '/usr/src/googletest', '-B', 'build', ...flags]))
  t.is(twin.same(t, 'clean').length, 185)
  t.is(twin.same(t, 'one target', 'gtest').length, 2)
  t.is(twin.same(t, 'targets of a directory', 'googlemock/all').length > 20, true)
  t.is(twin.same(t, 'what is made of a source', '/usr/src/googletest/googletest/src/gtest_main.cc^').length, 1)
})

const project = {
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.13)
project(demo CXX)
add_custom_command(OUTPUT made.h COMMAND sh \${CMAKE_SOURCE_DIR}/make.sh \${CMAKE_SOURCE_DIR}/made.in made.h
  DEPENDS make.sh made.in)
add_library(mill STATIC mill.cpp made.h)
target_include_directories(mill PUBLIC \${CMAKE_SOURCE_DIR} \${CMAKE_BINARY_DIR})
add_executable(app app.cpp)
target_link_libraries(app mill)
add_custom_target(stamp ALL COMMAND \${CMAKE_COMMAND} -E touch ran)
`,
  'make.sh': 'sed s/^/#define\\ VALUE\\ / "$1" > "$2"\n',
  'made.in': '42\n',
  'mill.h': 'int mill();\n',
  'mill.cpp': '#include "mill.h"\n#include "made.h"\nint mill() { return VALUE; }\n',
  'app.cpp': '#include "mill.h"\nint main() { return mill() == 42 ? 0 : 1; }\n',
}

test('of a tree that CMake made, a dry run prints what ninja prints after each kind of change', (t) => {
  const twin = new NinjaTwin(t, project, 'build')
  twin.each((tree) => tree.tool('cmake', ['-G', 'Ninja', '-S', '.', '-B', 'build']))
  t.is(twin.same(t, 'clean').length, 6)
  twin.build(t)
  t.is(twin.same(t, 'built').length, 1)
  twin.each((tree) => tree.append('app.cpp', '// edited\n'))
  t.is(twin.same(t, 'a source edited').length, 3)
  twin.build(t)
  twin.each((tree) => tree.append('mill.h', '// edited\n'))
  t.is(twin.same(t, 'a header edited').length, 5)
  twin.build(t)
  twin.each((tree) => tree.write('made.in', '42 // edited\n'))
  t.is(twin.same(t, 'the source of a generated header edited').length, 5)
  twin.build(t)
  twin.each((tree) => tree.remove('build/libmill.a'))
  t.is(twin.same(t, 'an output deleted').length, 3)
  twin.build(t)
  twin.each((tree) =>
    tree.write('build/build.ninja', tree.read('build/build.ninja').replaceAll('INCLUDES = ', 'INCLUDES = -DX ')),
  )
  t.is(twin.same(t, 'flags changed in the manifest').length, 5)
  twin.build(t)
  twin.each((tree) => tree.append('CMakeLists.txt', '# edited\n'))
  t.regex(twin.same(t, 'CMakeLists.txt edited').join('\n'), /^\S*cmake --regenerate-during-build.*$/)
  twin.build(t)
  t.is(twin.same(t, 'regenerated and built').length, 1)
})
