import test from 'ava'
import fc from 'fast-check'
import { type Appearance, encodeFootprint, matchesFootprint } from '../../../infra/source-tree/footprint.ts'
import { entriesArbitrary, fileEntry } from './stat-entry-arbitrary.ts'

const nothingThere = () => undefined

test('a footprint matches what it was made of', (t) => {
  fc.assert(
    fc.property(entriesArbitrary, (entries) => {
      const footprint = encodeFootprint(entries)!
      const lookAt = (path: string) => {
        const entry = entries.get(path)!
        return entry.digest === null ? undefined : entry
      }
      t.true(matchesFootprint(footprint, lookAt))
      // Also from the middle of a larger buffer, as the part of a file.
      const shifted = Buffer.concat([Buffer.from('abc'), footprint]).subarray(3)
      t.true(matchesFootprint(shifted, lookAt))
    }),
  )
})

test('a footprint does not match when one path is different in any way', (t) => {
  fc.assert(
    fc.property(entriesArbitrary, fc.nat(), (entries, pick) => {
      fc.pre(entries.size > 0)
      const footprint = encodeFootprint(entries)!
      const [changed, entry] = [...entries][pick % entries.size]!
      const others: (Appearance | undefined)[] =
        entry.digest === null
          ? [fileEntry]
          : [
              undefined,
              ...(['mtimeMs', 'ctimeMs', 'size', 'ino'] as const).map((name) => ({
                ...entry,
                [name]: entry[name] + 1,
              })),
            ]
      for (const other of others) {
        const lookAt = (path: string) => {
          if (path === changed) return other
          const known = entries.get(path)!
          return known.digest === null ? undefined : known
        }
        t.false(matchesFootprint(footprint, lookAt))
      }
    }),
  )
})

test('a footprint that was cut or lengthened does not match', (t) => {
  fc.assert(
    fc.property(entriesArbitrary, fc.nat(), (entries, at) => {
      const footprint = encodeFootprint(entries)!
      t.false(matchesFootprint(footprint.subarray(0, at % footprint.byteLength), nothingThere))
      t.false(matchesFootprint(Buffer.concat([footprint, Buffer.from('x')]), nothingThere))
    }),
  )
})

test('bytes of any kind do not throw, and match only as what could have been made', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      t.notThrows(() => matchesFootprint(bytes, () => fileEntry))
    }),
  )
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e300]) {
    const bytes = Buffer.concat([new Uint8Array(Float64Array.of(count).buffer), Buffer.alloc(100)])
    t.false(matchesFootprint(bytes, nothingThere))
  }
})

test('there is no footprint of a file that may change unseen, nor of a path with a line feed', (t) => {
  t.is(encodeFootprint([['a', { ...fileEntry, isSettled: false }]]), null)
  t.is(encodeFootprint([['a\nb', fileEntry]]), null)
  t.not(encodeFootprint([]), null)
})
