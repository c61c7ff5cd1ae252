import test from 'ava'
import { scratchState } from '../../../../services/cli/ninja/scratch-state.ts'

test("builds in CMake's scratch directories are remembered there, all others in the usual place", (t) => {
  const scratch = '/src/build/CMakeFiles/CMakeScratch/TryCompile-a1B2c3'
  t.is(scratchState(scratch), `${scratch}/.millrace`)
  t.is(scratchState(`${scratch}/sub/dir`), `${scratch}/.millrace`)
  t.is(scratchState('/src/CMakeFiles/CMakeTmp'), '/src/CMakeFiles/CMakeTmp/.millrace')
  for (const directory of [
    '/src/build',
    '/src/CMakeFiles',
    '/src/CMakeFiles/CMakeScratch',
    '/CMakeTmp',
    '/CMakeFiles/CMakeTmpX',
  ])
    t.is(scratchState(directory), undefined)
})
