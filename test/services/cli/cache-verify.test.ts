import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { blobFiles, cache, fourFiles, stats, takenBy } from './cache-trees.ts'

test('verify finds a flipped bit, names what it belongs to and removes it', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t)
  t.is(cache(t, rig, 'verify'), 'read 4 blobs and 4 results: all are whole\n')
  const path = blobFiles(rig).find((file) => readFileSync(file, 'utf8').startsWith('third'))!
  const bytes = readFileSync(path)
  bytes[20_000]! ^= 4
  writeFileSync(path, bytes)
  const { code, stdout } = rig.millrace(['cache', 'verify'])
  t.is(code, 1)
  t.regex(
    stdout,
    /^damaged: blob [0-9a-f]{64}\/40000: <build>\/c of c\nread 4 blobs and 4 results; removed 1 damaged blob and 1 result\n$/,
  )
  t.is(stats(t, rig).results, 3)
  for (const path of ['a', 'b', 'c', 'd']) rig.remove(path)
  t.deepEqual([...takenBy(t, rig)].sort(), ['a', 'b', 'd'])
  t.is(cache(t, rig, 'verify'), 'read 4 blobs and 4 results: all are whole\n')
})

test('verify tells of a database that is damaged', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  rig.mustBuild(t)
  for (const end of ['', '-wal', '-shm'])
    writeFileSync(
      `${rig.cacheDirectory}/millrace/actions.sqlite${end}`,
      end === '' ? 'no database, but long enough '.repeat(500) : '',
    )
  const { code, stdout, stderr } = rig.millrace(['cache', 'verify'])
  t.is(code, 1, stdout + stderr)
  t.regex(stderr, /^warning: action cache: .* was damaged and is begun anew; .*\n$/)
  t.is(stdout, 'read 4 blobs and 0 results: what is left is whole\n')
})
