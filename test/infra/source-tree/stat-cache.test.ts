import test from 'ava'
import fc from 'fast-check'
import { decodeStatCache, encodeStatCache } from '../../../infra/source-tree/stat-cache.ts'
import { entriesArbitrary, fileEntry } from './stat-entry-arbitrary.ts'

test('files come back as they were, but not as looked at by this process; absent paths are left out', (t) => {
  fc.assert(
    fc.property(entriesArbitrary, (entries) => {
      const bytes = encodeStatCache(entries)
      const kept = [...entries].filter(([, entry]) => entry.digest !== null)
      const expected = kept.map(([path, entry]) => [path, { ...entry, isCurrent: false }])
      t.deepEqual([...decodeStatCache(bytes)] as unknown, expected)
      const shifted = Buffer.concat([Buffer.from('abc'), bytes]).subarray(3)
      t.deepEqual([...decodeStatCache(shifted)] as unknown, expected)
    }),
  )
})

test('unsettled files, directories and paths with a line feed are left out', (t) => {
  const entries = new Map([
    ['unsettled', { ...fileEntry, isSettled: false }],
    ['directory', { ...fileEntry, isDirectory: true }],
    ['line\nfeed', fileEntry],
    ['kept', fileEntry],
  ])
  t.deepEqual([...decodeStatCache(encodeStatCache(entries)).keys()], ['kept'])
})

test('bytes that were cut or lengthened, or that are of any other kind, hold nothing and do not throw', (t) => {
  fc.assert(
    fc.property(entriesArbitrary, fc.nat(), fc.uint8Array({ maxLength: 200 }), (entries, at, foreign) => {
      const bytes = encodeStatCache(entries)
      t.is(decodeStatCache(bytes.subarray(0, at % bytes.byteLength)).size, 0)
      t.is(decodeStatCache(Buffer.concat([bytes, Buffer.from('x')])).size, 0)
      t.notThrows(() => decodeStatCache(foreign))
    }),
  )
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e300]) {
    const bytes = Buffer.concat([new Uint8Array(Float64Array.of(count).buffer), Buffer.alloc(100)])
    t.is(decodeStatCache(bytes).size, 0)
  }
})
