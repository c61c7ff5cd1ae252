import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { graph, program } from './graph-trees.ts'
import { chain } from './replay-trees.ts'

test('a change of a header that the compiler found rebuilds what read it, by whatever name it is asked for', (t) => {
  requireTool('cc')
  const rig = new MillraceRig(t, program)
  rig.mustBuild(t, '-C', 'out')
  const affected = (file: string) =>
    JSON.parse(graph(t, rig, '-C', 'out', '--format', 'json', '--affected', file)).tasks.map(
      ({ id }: { readonly id: string }) => id,
    )
  for (const name of ['base.h', '../base.h', './out/../base.h', rig.path('base.h')])
    t.deepEqual(affected(name), ['part.o', 'main.o', 'app'], name)
  t.deepEqual(affected('version.h'), ['main.o', 'app'])
  t.deepEqual(affected('version.txt'), ['version.h', 'main.o', 'app'])
  t.regex(
    graph(t, rig, '-C', 'out', '--affected', 'base.h'),
    /^last run {2}task\n *\d.* s {2}part\.o\n.* {2}main\.o\n.* {2}app\n\na change would rebuild up to 3 of 4 tasks, [\d.]+ s of work\n$/,
  )
  t.regex(graph(t, rig, '-C', 'out'), /^ {2}t0 -> t1 \[style=dotted/m)
})

test('a file that nobody reads is told in one line, and one that nobody knows and that is not there is a mistake', (t) => {
  const rig = new MillraceRig(t, { ...chain, sourse: '' })
  t.is(graph(t, rig, '--affected', 'sourse'), "no task that the targets need reads 'sourse', did you mean 'source'?\n")
  t.is(graph(t, rig, '--affected', 'c'), "no task that the targets need reads 'c'\n")
  t.regex(graph(t, rig, '--affected', 'sourse', 'b'), /^no task .*\nlast run {2}task\n {7}- {2}c\n\na change would /)
  const unknown = rig.millrace(['graph', '--affected', 'sorce'])
  t.deepEqual(unknown, {
    code: 2,
    stdout: '',
    stderr: "millrace: 'sorce' is not there, and no task is known to read it, did you mean 'source'?\n",
  })
})

test('a file that the graph is made from tells that the graph is made again', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': [
      'rule generate',
      '  command = touch build.ninja',
      '  generator = 1',
      'rule copy',
      '  command = cp $in $out',
      'build build.ninja: generate settings',
      'build a: copy settings',
      'default a',
      '',
    ].join('\n'),
    settings: '',
  })
  t.regex(
    graph(t, rig, '--affected', 'settings'),
    / {2}build\.ninja\n.* {2}a\n\na change would rebuild up to 2 of 2 tasks .*\nthe build graph itself is made again; /,
  )
  t.notRegex(graph(t, rig), /build\.ninja/)
})
