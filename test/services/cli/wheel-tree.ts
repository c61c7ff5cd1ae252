import type { ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'

/** A C++ program with a library, a header that a script makes, and headers in two directories. */
export const wheelTree = {
  'build.ninja': `cflags = -O1
rule generate
  command = ./generate.sh $in > $out
rule compile
  command = g++ $cflags -Ifirst -Isecond -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule archive
  command = rm -f $out && ar crD $out $in
rule link
  command = g++ $in -o $out
build wheel.hpp: generate wheel.txt
build wheel.o: compile wheel.cpp || wheel.hpp
build libw.a: archive wheel.o
build main.o: compile main.cpp
build app: link main.o libw.a
build all: phony app libw.a
default all
`,
  'generate.sh': `#!/bin/sh
echo "inline int size() { return $(cat $1); }"
`,
  'wheel.txt': '3\n',
  'wheel.cpp': '#include "wheel.hpp"\nint wheel() { return size(); }\n',
  'main.cpp': '#include <spoke.hpp>\nint wheel();\nint main() { return wheel() - spokes; }\n',
  'second/spoke.hpp': 'const int spokes = 3;\n',
}

/** A rig with the program in its tree, or in a directory of it. */
export function wheelRig(t: ExecutionContext, ...directories: readonly string[]): MillraceRig {
  for (const tool of ['g++', 'ar']) requireTool(tool)
  const rig = new MillraceRig(t)
  for (const directory of directories.length === 0 ? ['.'] : directories) {
    for (const [path, text] of Object.entries(wheelTree)) rig.write(`${directory}/${path}`, text)
    rig.tool('chmod', ['+x', `${directory}/generate.sh`])
  }
  return rig
}

/** Replaces a text in a file of the tree, which must be there. */
export function edit(rig: MillraceRig, path: string, was: string, is: string): void {
  const text = rig.read(path)
  if (!text.includes(was)) throw new Error(`${path} does not hold '${was}'`)
  rig.write(path, text.replaceAll(was, is))
}
