import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { age, cache, fourFiles, greeting, stats, takenBy } from './cache-trees.ts'

test('purge wants to be told which results', (t) => {
  const { code, stderr } = new MillraceRig(t).millrace(['cache', 'purge'])
  t.is(code, 2)
  t.is(stderr, 'millrace: say which results to remove: --older-than, --task, --build, or --all\n')
})

test('after purge --all everything runs again', (t) => {
  const rig = new MillraceRig(t, greeting)
  rig.mustBuild(t)
  t.regex(cache(t, rig, 'purge', '--all'), /^removed 3 results and 3 blobs \([\d.]+ KiB\)\n$/)
  const { results, blobs } = stats(t, rig)
  t.deepEqual([results, blobs], [0, 0])
  for (const path of ['app', 'main.o', 'word.h']) rig.remove(path)
  t.deepEqual(rig.mustBuild(t), ['word.h', 'main.o', 'app'])
})

test('a dry run names the results and removes none', (t) => {
  const rig = new MillraceRig(t, greeting)
  rig.mustBuild(t)
  const text = cache(t, rig, 'purge', '--task', '*.[oh]', '--dry-run')
  t.regex(text, /^would remove main\.o, made in build [0-9a-z]{26}, used just now$/m)
  t.regex(text, /^would remove word\.h, /m)
  t.regex(text, /\nwould remove 2 results and 2 blobs \([\d.]+ KiB\)\n$/)
  t.is(stats(t, rig).results, 3)
})

test('of several conditions all must hold', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t, 'a', 'b')
  age(rig, 31)
  rig.mustBuild(t, 'c', 'd')
  t.regex(cache(t, rig, 'purge', '--task', '[ac]', '--older-than', '30d'), /^removed 1 result and 1 blob /)
  t.regex(cache(t, rig, 'purge', '--task', 'b', '--build', 'last'), /^removed 0 results and 0 blobs \(0 bytes\)\n$/)
  t.regex(cache(t, rig, 'purge', '--build', 'last'), /^removed 2 results and 2 blobs /)
  for (const path of ['a', 'b', 'c', 'd']) rig.remove(path)
  t.deepEqual(takenBy(t, rig), ['b'])
})

test('a content that another result needs stays', (t) => {
  const rig = new MillraceRig(t, { ...fourFiles, 'seed-b': 'first\n' })
  rig.mustBuild(t, 'a', 'b')
  t.regex(cache(t, rig, 'purge', '--task', 'a'), /^removed 1 result and 0 blobs /)
  t.regex(cache(t, rig, 'purge', '--task', 'b'), /^removed 1 result and 1 blob /)
})
