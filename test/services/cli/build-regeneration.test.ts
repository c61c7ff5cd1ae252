import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'

/** `configure` writes the manifest: one task for each name in `names`. It counts its runs in `runs`. */
const configured = {
  'configure.sh': `{ echo 'rule configure'; echo '  command = sh configure.sh'; echo '  generator = 1'
echo 'build build.ninja: configure names | configure.sh'
echo 'rule touch'; echo '  command = touch $out'
for name in $(cat names); do echo "build $name: touch"; done; } > build.ninja
echo run >> runs
! grep bad names
`,
  names: 'a b\n',
}

function configure(rig: MillraceRig): MillraceRig {
  rig.tool('sh', ['configure.sh'])
  return rig
}

/** A tree that is configured and built. What is edited after that is newer than the manifest, by any clock. */
function built(t: ExecutionContext): MillraceRig {
  const rig = configure(new MillraceRig(t, configured))
  t.deepEqual([...rig.mustBuild(t)].sort(), ['a', 'b'], 'the manifest is newer than its inputs')
  return rig
}

test('a manifest whose inputs changed is made again once, is read again, and then its new tasks run', (t) => {
  const rig = built(t)
  rig.write('names', 'b c\n')
  t.deepEqual(rig.mustBuild(t), ['build.ninja', 'c'])
  t.is(rig.read('runs'), 'run\nrun\n')
  t.deepEqual(rig.mustBuild(t), [])
})

test('a target that only the new manifest has can be asked for at once', (t) => {
  const rig = built(t)
  rig.write('names', 'a fresh\n')
  t.deepEqual(rig.mustBuild(t, 'fresh'), ['build.ninja', 'fresh'])
})

test('a manifest that fails to be made again ends the build with exit code 1', (t) => {
  const rig = built(t)
  rig.write('names', 'bad\n')
  const run = rig.build()
  t.deepEqual([run.code, run.ran], [1, []])
  rig.write('names', 'good\n')
  t.deepEqual(rig.mustBuild(t), ['build.ninja', 'good'])
})

test('a manifest that was made by hand after its inputs is not made again, nor is one whose command changed', (t) => {
  const rig = built(t)
  rig.write('names', 'a c\n')
  configure(rig)
  t.deepEqual(rig.mustBuild(t), ['c'])
  rig.write('build.ninja', rig.read('build.ninja').replace('sh configure.sh', 'sh  configure.sh'))
  t.deepEqual(rig.mustBuild(t), [])
})

test('a manifest that becomes unreadable by its own making is told in one line', (t) => {
  const rig = built(t)
  rig.write('names', 'a a\n')
  const run = rig.build()
  t.is(run.code, 2)
  t.regex(run.stderr, /^millrace: build\.ninja:\d+:\d+: multiple rules generate a\n$/)
})

test('a CMake tree that gets a new source is configured and built rightly in one call', (t) => {
  requireTool('cmake', 'c++')
  const list = (sources: string) =>
    `cmake_minimum_required(VERSION 3.13)\nproject(demo CXX)\nadd_executable(app ${sources})\n`
  const rig = new MillraceRig(t, { 'CMakeLists.txt': list('main.cpp'), 'main.cpp': 'int main() { return 7; }\n' })
  rig.tool('cmake', ['-G', 'Ninja', '-S', '.', '-B', 'build'])
  t.deepEqual(rig.mustBuild(t, '-C', 'build'), ['CMakeFiles/app.dir/main.cpp.o', 'app'])
  rig.write('CMakeLists.txt', list('main.cpp answer.cpp'))
  rig.write('main.cpp', 'int answer();\nint main() { return answer(); }\n')
  rig.write('answer.cpp', 'int answer() { return 42; }\n')
  t.is(rig.mustBuild(t, '-C', 'build').length, 4)
  t.is(rig.tool('sh', ['-c', './build/app; echo $?']), '42\n')
  t.deepEqual(rig.mustBuild(t, '-C', 'build'), [])
})
