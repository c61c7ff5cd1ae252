import { chmodSync, copyFileSync, cpSync, existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type JsonRun, MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'

/** What the manifest of a {@link CachedProject} says, as far as it can be changed. */
export interface Settings {
  readonly flags: string
  readonly defines: string
  /** Below `include/`, in the compiler's order. */
  readonly includes: readonly string[]
  readonly linkFlags: string
  readonly generate: string
  readonly mainSource: string
  readonly objects: readonly string[]
  readonly libraries: string
}

const settings: Settings = {
  flags: '-O1',
  defines: '',
  includes: ['near', 'far'],
  linkFlags: '-s',
  generate: 'sh $tools/make-config.sh',
  mainSource: 'main',
  objects: ['obj/shape.o', 'obj/text.o'],
  libraries: 'libshape.a',
}

const wrapper = '#!/bin/sh\nexec g++ "$@"\n'

/** A program with a library, a generated header and two include directories; what includes what is below. */
const sources: Readonly<Record<string, string>> = {
  'src/config.in': 'width 7\n# a comment\n',
  'tools/make-config.sh': 'grep -v "^#" "$1" | while read name value; do echo "#define $name $value"; done > "$2"\n',
  'tools/cc-wrapper': wrapper,
  'include/far/shape.h': '#pragma once\nint area(int side);\n',
  'include/far/text.h': '#pragma once\nint print(int number);\n',
  'include/near/pick.h': '#define PICK 1\n',
  'include/far/pick.h': '#define PICK 2\n',
  'include/far/local.h': '#define LOCAL 3\n',
  'src/shape.cpp': '#include <shape.h>\nint area(int side) { return side * side; }\n',
  'src/text.cpp':
    '#include <text.h>\n#include <config.h>\nextern "C" int printf(const char *, ...);\nint print(int number) { return printf("%*d\\n", width, number); }\n',
  'src/main.cpp':
    '#include <shape.h>\n#include <text.h>\n#include <pick.h>\n#include "local.h"\nint main() { return print(area(PICK + LOCAL)) < 0; }\n',
}

/** All tasks of the project, in the order of its manifest. */
export const projectTasks = ['gen/config.h', 'obj/main.o', 'obj/shape.o', 'obj/text.o', 'libshape.a', 'app']

/** A C++ program, with a manifest as CMake writes them: sources by absolute path, built in `build/`. */
export class CachedProject {
  readonly rig: MillraceRig
  #settings = settings
  readonly #added = new Set<string>()

  /** @param name of its directory */
  constructor(t: Pick<ExecutionContext, 'teardown'>, name: string) {
    requireTool('c++')
    this.rig = new MillraceRig(t, {}, name)
    this.rig.write('build/CMakeCache.txt', `CMAKE_HOME_DIRECTORY:INTERNAL=${this.rig.directory}\n`)
    this.changeBack()
  }

  /** Begins with the cache and the memory of another project, each with its own from then on. */
  startFrom({ rig }: CachedProject): this {
    cpSync(rig.cacheDirectory, this.rig.cacheDirectory, { recursive: true })
    cpSync(rig.stateDirectory, this.rig.stateDirectory, { recursive: true })
    return this
  }

  /** As another checkout of the same user: one cache and one memory. */
  shareWith({ rig }: CachedProject): this {
    this.rig.cacheDirectory = rig.cacheDirectory
    this.rig.stateDirectory = rig.stateDirectory
    return this
  }

  /** Changes what the manifest says. */
  set(changed: Partial<Settings>): void {
    this.#settings = { ...settings, ...changed }
    this.rig.write('build/build.ninja', this.#manifest())
  }

  /** Writes a file of the sources, which is gone or as it was after {@link changeBack}. */
  write(path: string, text: string): void {
    if (!(path in sources)) this.#added.add(path)
    this.rig.write(path, text)
    if (path.endsWith('/cc-wrapper')) chmodSync(this.rig.path(path), 0o755)
  }

  append(path: string, text: string): void {
    this.write(path, sources[path]! + text)
  }

  /** Edits a source file by replacing one text in it. */
  edit(path: string, from: string, to: string): void {
    this.write(path, sources[path]!.replace(from, to))
  }

  renameMain(name: string): void {
    this.rig.remove('src/main.cpp')
    this.write(`src/${name}.cpp`, sources['src/main.cpp']!)
    this.set({ mainSource: name })
  }

  /** A copy of the compiler's driver goes before the compiler in the search path; `more` is appended to it. */
  useOwnDriver(more = ''): void {
    const driver = this.rig.path('bin/g++')
    const places = (process.env.PATH ?? '').split(':').map((directory) => `${directory}/g++`)
    // <prefix>/<target>/<version>/cc1plus: a driver that was moved does not find it by itself.
    const compiler = this.rig.tool('g++', ['-print-prog-name=cc1plus'])
    this.write('bin/g++', '')
    copyFileSync(realpathSync(places.find((file) => existsSync(file))!), driver)
    chmodSync(driver, 0o755)
    this.rig.append('bin/g++', more)
    const prefix = `${dirname(dirname(dirname(compiler)))}/`
    this.rig.variables = { PATH: `${this.rig.path('bin')}:${process.env.PATH}`, GCC_EXEC_PREFIX: prefix }
  }

  /** Brings sources, settings and environment back to what they were; leaves outputs as they are. */
  changeBack(): void {
    for (const [path, text] of Object.entries(sources)) this.write(path, text)
    for (const path of this.#added) this.rig.remove(path)
    this.#added.clear()
    this.rig.variables = {}
    this.set({})
  }

  build(t: ExecutionContext): JsonRun {
    const run = this.rig.build('-C', 'build', '-j', '2')
    t.is(run.code, 0, `${run.stdout}${run.stderr}`)
    t.is(run.stderr, '')
    return run
  }

  /** What the program prints. */
  printed(): string {
    return this.rig.tool(this.rig.path('build/app'), [])
  }

  #manifest(): string {
    const { flags, defines, includes, linkFlags, generate, mainSource, objects, libraries } = this.#settings
    const { directory } = this.rig
    const where = includes.map((name) => `-I${directory}/include/${name}`).join(' ')
    return `tools = ${directory}/tools
rule compile
  command = $compiler ${flags} ${defines} ${where} -Igen -MD -MT $out -MF $out.d -o $out -c $in
  depfile = $out.d
  deps = gcc
rule archive
  command = rm -f $out && ar qcD $out $in
rule link
  command = g++ ${linkFlags} -o $out @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in $libraries
rule generate
  command = cd ${directory}/build && ${generate} $in $out
build gen/config.h: generate ${directory}/src/config.in
build order: phony || gen/config.h
build obj/${mainSource}.o: compile ${directory}/src/${mainSource}.cpp || order
  compiler = g++
build obj/shape.o: compile ${directory}/src/shape.cpp || order
  compiler = g++
build obj/text.o: compile ${directory}/src/text.cpp || order
  compiler = $tools/cc-wrapper
build libshape.a: archive ${objects.join(' ')}
build app: link obj/${mainSource}.o | libshape.a
  libraries = ${libraries}
default app
`
  }
}
