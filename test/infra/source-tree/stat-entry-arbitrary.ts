import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import type { StatEntry } from '../../../infra/source-tree/stat-cache.ts'

/** A settled file that was looked at. */
export const fileEntry: StatEntry = {
  digest: digestOf('content'),
  mtimeMs: 1_700_000_000_000.25,
  ctimeMs: 1_700_000_000_001.5,
  size: 7,
  ino: 12,
  isDirectory: false,
  isSettled: true,
  isCurrent: true,
}

const absentEntry: StatEntry = { ...fileEntry, digest: null, mtimeMs: 0, ctimeMs: 0, size: 0, ino: 0, isSettled: false }

const timeMs = fc.integer({ min: 0, max: 2 ** 42 }).map((quarters) => quarters / 4)

const entryArbitrary: fc.Arbitrary<StatEntry> = fc.oneof(
  fc
    .record({ mtimeMs: timeMs, ctimeMs: timeMs, size: fc.nat(), ino: fc.nat(), content: fc.string() })
    .map(({ content, ...numbers }) => ({ ...fileEntry, ...numbers, digest: digestOf(content) })),
  fc.constant(absentEntry),
)

/** No line feeds, and nothing that UTF-8 can't hold. */
const pathArbitrary = fc.string({ unit: 'grapheme', minLength: 1 }).filter((path) => !path.includes('\n'))

/** Files and absent paths, all settled. */
export const entriesArbitrary: fc.Arbitrary<ReadonlyMap<string, StatEntry>> = fc
  .array(fc.tuple(pathArbitrary, entryArbitrary), { maxLength: 8 })
  .map((entries) => new Map(entries))
