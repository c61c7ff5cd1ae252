import { buildIdFrom } from '../../../events/build-id.ts'
import { chainStart, commitFormat, encodeCommit, type StoredCommit } from '../../../events/commit.ts'

const random = new Uint8Array(16)
/** Three builds, each requested a second after the one before. */
export const buildA = buildIdFrom(1_700_000_000_000, random)
export const buildB = buildIdFrom(1_700_000_001_000, random)
export const buildC = buildIdFrom(1_700_000_002_000, random)

/** The first `length` commits of a build, chained. `note` makes them larger, and tells two writers' commits apart. */
export function chain(buildId: string, length: number, note = ''): StoredCommit[] {
  const commits: StoredCommit[] = []
  for (let version = 1; version <= length; version++) {
    const prev = commits.at(-1)?.hash ?? chainStart
    const commit = {
      v: commitFormat,
      buildId,
      version,
      epoch: 1,
      prev,
      at: 1_700_000_000_000 + version,
      events: [],
      note,
    }
    const stored = encodeCommit(commit)
    // Adapters give plain arrays, which deepEqual tells from buffers.
    commits.push({ ...stored, body: Uint8Array.from(stored.body) })
  }
  return commits
}

/** Everything that a sequence yields. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}
