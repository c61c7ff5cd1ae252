import test from 'ava'
import type { GraphJson } from '../../../services/cli/graph/graph-json.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { until } from '../../rig/until.ts'
import { criticalInDot, fork, graph, program } from './graph-trees.ts'
import { gated } from './replay-trees.ts'

test('before a build the critical path is the longest chain, and after it the one that took longest', (t) => {
  const rig = new MillraceRig(t, fork)
  const before = graph(t, rig)
  t.deepEqual(criticalInDot(before), ['a', 'b', 'end', 'a>b', 'b>end'])
  t.regex(before, /label="critical path: 3 tasks, the longest chain counted in tasks \(no run is on record\)"/)
  rig.mustBuild(t)
  const after = graph(t, rig)
  t.deepEqual(criticalInDot(after), ['slow', 'end', 'slow>end'])
  t.regex(after, /^ {2}t2 \[label="slow\\n\d+\.\d s", color=red, penwidth=3\]$/m)
  t.regex(after, /label="critical path: [\d.]+ s over 2 tasks"/)
})

test('the table of the critical path sums up to what a build takes at least, beside all the work', (t) => {
  const rig = new MillraceRig(t, fork)
  t.is(
    graph(t, rig, '--critical-path'),
    [
      'tasks  sum  task',
      '    1    1  a',
      '    1    2  b',
      '    1    3  end',
      '',
      'no run of these tasks is on record, so this is the longest chain counted in tasks',
      'critical path: 3 of 5 tasks',
      'a build runs at least 3 tasks one after the other, however many slots there are; average parallelism 1.7 (all work / critical path)',
      '',
    ].join('\n'),
  )
  rig.mustBuild(t, 'slow')
  t.regex(
    graph(t, rig, '--critical-path'),
    /^ *own +sum +task\n *~\d+\.\d s +\d+\.\d s +a\n(?:.*\n){3}4 of 5 tasks without a known duration, taken as the mean of the others\n/,
  )
  rig.mustBuild(t)
  const table = graph(t, rig, '--critical-path')
  t.regex(table, /^ *own +sum +task\n *\d+\.\d s +\d+\.\d s +slow\n *[\d.]+ s +[\d.]+ s +end\n\n/)
  t.regex(table, /\ncritical path: [\d.]+ s; all work: [\d.]+ s in 5 tasks\n/)
  t.regex(table, /\na build of all of it takes at least [\d.]+ s, .* average parallelism \d\.\d \(all work/)
})

test('JSON has the documented shape', (t) => {
  const rig = new MillraceRig(t, fork)
  rig.mustBuild(t)
  const { tasks, edges, criticalPath } = JSON.parse(graph(t, rig, '--format', 'json')) as GraphJson
  t.deepEqual(
    tasks.map(({ id, isOnCriticalPath }) => [id, isOnCriticalPath]),
    [
      ['a', false],
      ['slow', true],
      ['notes', false],
      ['b', false],
      ['end', true],
      ['all', false],
    ],
  )
  const { durationMs, ...slow } = tasks[1]!
  t.true(durationMs! >= 1000)
  const command = 'sleep 1; cat source > slow'
  const files = { inputs: ['source'], outputs: ['slow'] }
  t.deepEqual(slow, { id: 'slow', command, description: 'SLOW slow', ...files, isOnCriticalPath: true })
  t.deepEqual(tasks[5], { id: 'all', description: '', inputs: ['end'], outputs: ['all'], isOnCriticalPath: false })
  t.deepEqual(edges, [
    { from: 'a', to: 'b', kind: 'input', isOnCriticalPath: false },
    { from: 'b', to: 'end', kind: 'input', isOnCriticalPath: false },
    { from: 'slow', to: 'end', kind: 'input', isOnCriticalPath: true },
    { from: 'notes', to: 'end', kind: 'order-only', isOnCriticalPath: false },
    { from: 'end', to: 'all', kind: 'input', isOnCriticalPath: false },
  ])
  const { totalMs, workMs, tasks: steps, ...counts } = criticalPath
  t.deepEqual(counts, { measure: 'ms', taskCount: 5, estimatedCount: 0 })
  t.deepEqual(
    steps.map(({ id, isEstimated }) => [id, isEstimated]),
    [
      ['slow', false],
      ['end', false],
    ],
  )
  t.is(totalMs, steps[1]!.sum)
  t.is(totalMs, steps[0]!.cost + steps[1]!.cost)
  t.is(
    workMs,
    tasks.reduce((sum, task) => sum + (task.durationMs ?? 0), 0),
  )
  const alone = JSON.parse(graph(t, rig, '--critical-path', '--format', 'json'))
  t.deepEqual(alone, { criticalPath })
})

test('coupling counts who has to be looked at again, and what each task reads', (t) => {
  requireTool('cc')
  const rig = new MillraceRig(t, program)
  rig.mustBuild(t, '-C', 'out')
  const args = ['-C', 'out', '--coupling']
  t.deepEqual(JSON.parse(graph(t, rig, ...args, '--format', 'json')), {
    fanOut: [
      { file: '../base.h', direct: 2, transitive: 3 },
      { file: '../version.txt', direct: 1, transitive: 3 },
      { file: '../main.c', direct: 1, transitive: 2 },
      { file: '../part.c', direct: 1, transitive: 2 },
      { task: 'version.h', direct: 1, transitive: 2 },
      { task: 'main.o', direct: 1, transitive: 1 },
      { task: 'part.o', direct: 1, transitive: 1 },
    ],
    fanIn: [
      { task: 'main.o', inputs: 3, discovered: 2 },
      { task: 'app', inputs: 2, discovered: 0 },
      { task: 'part.o', inputs: 2, discovered: 1 },
      { task: 'version.h', inputs: 1, discovered: 0 },
    ],
  })
  t.is(
    graph(t, rig, ...args, '--top', '1'),
    [
      'fan-out: how many tasks have to be looked at again when it changes',
      'transitive  direct  kind  file or task',
      '         3       2  file  ../base.h',
      '... and 6 more (--top <n> shows more)',
      '',
      'fan-in: how many files a task reads, and how many of them only its last run told',
      'inputs  discovered  task',
      '     3           2  main.o',
      '... and 3 more (--top <n> shows more)',
      '',
    ].join('\n'),
  )
})

test('it answers beside a build that is under way, and records nothing', async (t) => {
  const rig = new MillraceRig(t, gated)
  const build = rig.start(t, ['build'])
  await until('the slow task began', () => rig.has('begun'))
  t.deepEqual(criticalInDot(graph(t, rig)), ['first', 'slow', 'later', 'first>slow', 'slow>later'])
  for (const args of [['--critical-path'], ['--coupling'], ['--affected', 'source']]) graph(t, rig, ...args)
  rig.write('go', '')
  t.is((await build.run).code, 0)
  t.is(rig.millrace(['builds', '--json']).stdout.trimEnd().split('\n').length, 1)
  t.deepEqual(rig.mustBuild(t), [])
})

test('bad input and options that don’t go together are told in one line, with exit code 2', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule r\n  command = true\nbuild a: r b\nbuild b: r a\nbuild c: r\n',
  })
  const refused = (...args: readonly string[]) => {
    const { code, stdout, stderr } = rig.millrace(['graph', ...args])
    t.deepEqual([code, stdout], [2, ''], args.join(' '))
    return stderr
  }
  t.is(refused('a'), 'millrace: dependency cycle: a -> b -> a\n')
  t.regex(refused('cc'), /^millrace: unknown target 'cc', did you mean 'c'\?\n$/)
  t.regex(refused('-f', 'none.ninja'), /^millrace: none\.ninja: can't be read \(ENOENT\)\n$/)
  t.regex(refused('-C', 'nowhere'), /^millrace: nowhere: can't be entered \(ENOENT\)\n$/)
  t.is(
    refused('c', '--coupling', '--critical-path'),
    "millrace: --critical-path and --coupling can't be used together\n",
  )
  t.is(
    refused('c', '--coupling', '--format', 'dot'),
    "millrace: --format dot can't be used with --coupling: leave it out, or use --format json\n",
  )
  t.is(refused('c', '--top', '3'), 'millrace: --top needs --coupling\n')
  t.regex(refused('c', '--format', 'svg'), /Allowed choices are dot, mermaid, json/)
})
