/**
 * Where to remember builds of a directory that is gone right after: inside it. `undefined` for all others: in the usual
 * place.
 *
 * CMake asks the compiler what it can do by building tiny projects in `CMakeFiles/CMakeScratch/TryCompile-*` (before
 * CMake 3.25: `CMakeFiles/CMakeTmp`), and removes each at once with all that is in it. A record of those builds would
 * outlive them in the user's state directory, one for each probe of each configuration, and nobody would ask for it. Nor
 * would their results be of use in the cache: the names in them are random.
 */
export function scratchState(directory: string): string | undefined {
  const scratch = /^.*\/CMakeFiles\/(?:CMakeTmp|CMakeScratch\/TryCompile-[^/]+)(?=\/|$)/.exec(directory)?.[0]
  return scratch === undefined ? undefined : `${scratch}/.millrace`
}
