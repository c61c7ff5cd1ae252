import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { cache, fourFiles, greeting, stats, takenBy, warm } from './cache-trees.ts'

test('what a build without the cache made is put there, and a later build takes all of it', (t) => {
  const rig = new MillraceRig(t, greeting)
  rig.mustBuild(t, '--no-cache')
  t.regex(warm(t, rig), /^added 3 results \([\d.]+ KiB\), 0 there already, 0 could not be added\n$/)
  t.is(warm(t, rig), 'added 0 results (0 bytes), 3 there already, 0 could not be added\n')
  for (const path of ['app', 'main.o', 'word.h']) rig.remove(path)
  t.deepEqual(takenBy(t, rig), ['word.h', 'main.o', 'app'])
  t.is(rig.tool(rig.path('app'), []), 'hello\n')
})

test('another directory takes what was put there', (t) => {
  const rig = new MillraceRig(t, greeting)
  rig.mustBuild(t, '--no-cache')
  warm(t, rig)
  for (const [path, text] of Object.entries(greeting)) rig.write(`other/${path}`, text)
  t.is(takenBy(t, rig, '-C', 'other').length, 3)
})

test('results come from the builds that made them, also those that the last one found up to date', (t) => {
  const rig = new MillraceRig(t, greeting)
  rig.mustBuild(t, 'word.h')
  rig.mustBuild(t)
  rig.mustBuild(t)
  cache(t, rig, 'purge', '--all')
  t.regex(warm(t, rig), /^added 3 results/)
  t.regex(cache(t, rig, 'purge', '--build', '@3', '--dry-run'), /^would remove word\.h, .*\nwould remove 1 result /)
  t.regex(cache(t, rig, 'purge', '--build', '@2'), /^removed 2 results /)
})

test('what a command printed comes back', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule say\n  command = echo about $out; cp $in $out\nbuild a: say source\n',
    source: 'text\n',
  })
  rig.mustBuild(t, '--no-cache')
  warm(t, rig)
  rig.remove('a')
  t.regex(rig.millrace(['build']).stdout, /about a/)
})

test('what changed since is left out and counted by reason', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t, '--no-cache')
  rig.append('seed-a', 'more\n')
  rig.append('b', 'more\n')
  rig.remove('c')
  const [first, ...reasons] = warm(t, rig).trimEnd().split('\n')
  t.is(first, 'added 1 result (39.1 KiB), 0 there already, 3 could not be added')
  t.deepEqual(reasons.sort(), [
    '  1 input-changed, a: input changed: seed-a',
    '  1 output-changed, b: output changed: b',
    '  1 output-missing, c: output missing: c',
  ])
})

test('a file that the task does not declare must be as it was when it ran', (t) => {
  const tree = {
    'build.ninja': 'rule join\n  command = cat $in aside > $out\nbuild a: join source\nbuild b: join source\n',
    source: 'text\n',
    aside: 'first\n',
  }
  const rig = new MillraceRig(t, tree)
  rig.mustBuild(t, '--no-cache', 'a')
  rig.write('aside', 'second\n')
  rig.mustBuild(t, '--no-cache', 'b')
  // Up to date in its own tree, where only declared inputs count.
  t.deepEqual(rig.mustBuild(t, '--no-cache'), [])
  t.is(
    warm(t, rig),
    'added 1 result (12 bytes), 0 there already, 1 could not be added\n  1 input-changed, a: aside may have changed\n',
  )
  rig.remove('a')
  t.deepEqual(rig.mustBuild(t), ['a'])
  t.is(rig.read('a'), 'text\nsecond\n')
})

test('tasks that are never cached are not put there', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': [
      'rule copy',
      '  command = cp $in $out',
      'rule stamp',
      '  command = touch $out',
      'build a: copy source',
      '  pool = console',
      'build b: stamp source',
      'build c: copy source',
      '  generator = 1',
      '',
    ].join('\n'),
    source: 'text\n',
  })
  rig.mustBuild(t)
  const [first, ...reasons] = warm(t, rig).trimEnd().split('\n')
  t.is(first, 'added 0 results (0 bytes), 0 there already, 3 could not be added')
  t.deepEqual(reasons.sort(), [
    '  1 only-stamps, b: its outputs are empty',
    '  2 uncacheable, first a: never cached: it works on the terminal',
  ])
  t.is(stats(t, rig).results, 0)
})

test('a build that is not there, or was never planned, is one line', (t) => {
  const rig = new MillraceRig(t, greeting)
  t.is(rig.millrace(['cache', 'warm']).code, 2)
  const { code, stderr } = rig.millrace(['cache', 'warm', 'nowhere'])
  t.is(code, 2)
  t.is(stderr, "millrace: no build 'nowhere'; millrace builds lists them\n")
})
