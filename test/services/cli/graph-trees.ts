import type { ExecutionContext } from 'ava'
import type { MillraceRig } from '../../rig/millrace.ts'

/** A fast chain of two beside one task that takes its time. */
export const fork = {
  'build.ninja': [
    'rule copy',
    '  command = cat $in > $out',
    'rule slow',
    '  command = sleep 1; cat $in > $out',
    '  description = SLOW $out',
    'build a: copy source',
    'build b: copy a',
    'build slow: slow source',
    'build end: copy b slow || notes',
    'build notes: copy source',
    'build all: phony end',
    'default all',
    '',
  ].join('\n'),
  source: 'one\n',
}

/** Two objects, of which both read a header that only the compiler tells of, and one of them a generated one. */
export const program = {
  'out/build.ninja': [
    'rule cc',
    '  command = cc -I.. -I. -MMD -MF $out.d -c $in -o $out',
    '  depfile = $out.d',
    '  deps = gcc',
    'rule link',
    '  command = cc $in -o $out',
    'rule generate',
    '  command = cat $in > $out',
    'build version.h: generate ../version.txt',
    'build main.o: cc ../main.c || version.h',
    'build part.o: cc ../part.c || version.h',
    'build app: link main.o part.o',
    '',
  ].join('\n'),
  'version.txt': '#define VERSION 1\n',
  'base.h': 'int part(void);\n',
  'main.c': '#include "base.h"\n#include "version.h"\nint main(void) { return part() - VERSION; }\n',
  'part.c': '#include "base.h"\nint part(void) { return 1; }\n',
}

/** Standard output of a `millrace graph` that has to go well and says nothing else. */
export function graph(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): string {
  const { code, stdout, stderr } = rig.millrace(['graph', ...args])
  t.is(code, 0, stderr)
  t.is(stderr, '')
  return stdout
}

/** Names of the tasks and edges of a drawing that are marked as critical. */
export function criticalInDot(dot: string): readonly string[] {
  const names = new Map([...dot.matchAll(/^ {2}(t\d+) \[label="([^"\\]*)/gm)].map(([, node, name]) => [node, name]))
  const marked = dot.matchAll(/^ {2}(t\d+)(?: -> (t\d+))? \[.*color=red/gm)
  return [...marked].map(([, from, to]) =>
    to === undefined ? names.get(from)! : `${names.get(from)}>${names.get(to)}`,
  )
}
