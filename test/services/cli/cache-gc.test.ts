import { rmSync } from 'node:fs'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { age, blobFiles, cache, fourFiles, inDatabase, stats, takenBy } from './cache-trees.ts'

test('beyond its limit the cache loses what was not used for longest, and the results made of that', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  for (const target of ['a', 'b', 'c', 'd']) {
    rig.mustBuild(t, target)
    age(rig, 1)
  }
  const [, told] = cache(t, rig, 'limit', '--size', '100K').split('\n')
  t.is(
    told,
    '156.3 KiB are stored: the next build that runs something removes what is too much, millrace cache gc does so now',
  )
  t.regex(
    cache(t, rig, 'gc'),
    /^removed 2 results no longer complete, 2 blobs\n.*\nfreed 78\.1 KiB; 2 blobs stored in 78\.1 KiB\n$/,
  )
  t.is(stats(t, rig).results, 2)
  for (const path of ['a', 'b', 'c', 'd']) rig.remove(path)
  t.deepEqual([...takenBy(t, rig)].sort(), ['c', 'd'])
})

test('the end of a build keeps the cache within its limit too', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  cache(t, rig, 'limit', '--size', '100K')
  rig.mustBuild(t)
  t.true(stats(t, rig).stored_bytes <= 100 * 1024)
})

test('gc compresses nothing fresh, and what is cold can still be taken', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t)
  t.is(cache(t, rig, 'gc'), 'removed nothing\ncompressed nothing\nfreed 0 bytes; 4 blobs stored in 156.3 KiB\n')
  age(rig, 30)
  t.regex(cache(t, rig, 'gc'), /^removed nothing\ncompressed 4 blobs, which saved 15\d\.\d KiB\n/)
  t.true(stats(t, rig).stored_bytes < 4096)
  for (const path of ['a', 'b', 'c', 'd']) rig.remove(path)
  t.is(takenBy(t, rig).length, 4)
  t.is(rig.read('a').slice(0, 12), 'first\nfirst\n')
})

test('results that were not used for too long go', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t, 'a', 'b')
  age(rig, 61)
  rig.mustBuild(t, 'c', 'd')
  cache(t, rig, 'limit', '--unused', '60d')
  t.regex(cache(t, rig, 'gc'), /^removed 2 results not used for too long, 2 blobs\n/)
  const { results, blobs } = stats(t, rig)
  t.deepEqual([results, blobs], [2, 2])
})

test('a result that has lost a content goes, and looking for that is no use of the others', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t)
  age(rig, 3)
  rmSync(blobFiles(rig)[0]!)
  t.regex(cache(t, rig, 'gc'), /^removed 1 result no longer complete\n/)
  t.is(stats(t, rig).results, 3)
  const day = 24 * 60 * 60 * 1000
  inDatabase(rig, 'blobs', `DELETE FROM blobs WHERE used_at < ${Date.now() - 2 * day}`)
  t.is(stats(t, rig).blobs, 0)
})
