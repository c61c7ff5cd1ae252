import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'

const rule = (search: string) =>
  `rule cxx\n  command = g++ ${search} -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc\n`

/** Sources beside the build's directory, in the way of Meson (relative) and of CMake (absolute). */
function project(t: ExecutionContext, isAbsolute: boolean): MillraceRig {
  const rig = new MillraceRig(t, {}, 'project')
  const up = isAbsolute ? rig.directory : '..'
  rig.write('CMakeCache.txt', '')
  rig.write('build/CMakeCache.txt', `CMAKE_HOME_DIRECTORY:INTERNAL=${rig.directory}\n`)
  rig.write('build/build.ninja', `${rule(`-I${up}/first -I${up}/second`)}build a.o: cxx ${up}/a.cc\n`)
  rig.write('a.cc', '#include <x.h>\nint a = X;\n')
  rig.write('second/x.h', '#define X 1\n')
  rig.write('first/other.h', '')
  return rig
}

for (const isAbsolute of [false, true]) {
  const how = isAbsolute ? 'absolute' : 'relative'

  test(`a header that shadows one of a result from the cache is noticed, where paths are ${how}`, (t) => {
    const rig = project(t, isAbsolute)
    t.deepEqual(rig.mustBuild(t, '-C', 'build'), ['a.o'])
    rig.remove('build/a.o')
    t.deepEqual(rig.build('-C', 'build').cached, ['a.o'])
    rig.write('first/x.h', '#define X 2\n')
    t.deepEqual(rig.mustBuild(t, '-C', 'build'), ['a.o'])
    t.deepEqual(rig.mustBuild(t, '-C', 'build'), [])
    rig.remove('first/x.h')
    t.deepEqual(rig.build('-C', 'build').cached, ['a.o'])
  })

  test(`a result that a new header shadows is not taken, where paths are ${how}`, (t) => {
    const rig = project(t, isAbsolute)
    t.deepEqual(rig.mustBuild(t, '-C', 'build'), ['a.o'])
    rig.write('first/x.h', '#define X 2\n')
    rig.remove('build/a.o')
    t.deepEqual(rig.mustBuild(t, '-C', 'build'), ['a.o'])
  })
}
