import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { StoredCommit } from '../../../events/commit.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import { AttachmentDamage, EventLogError } from '../../../infra/event-log/event-log.ts'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { all, buildA, chain } from './sample-commits.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Numbers in 0..1 that are the same for the same seed. Source: mulberry32, by Tommy Ettinger. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)

/** Reads a log as a coordinator does: what it yields before it ends or refuses. */
async function readTrusted(directory: string): Promise<{ commits: StoredCommit[]; refusal?: unknown }> {
  const commits: StoredCommit[] = []
  let log: ReturnType<typeof openSqliteEventLog> | undefined
  try {
    log = openSqliteEventLog({ directory })
    for await (const { commit: _, ...stored } of verifiedCommits(log.read(buildA))) commits.push(stored)
    return { commits }
  } catch (refusal) {
    return { commits, refusal }
  } finally {
    await log?.close()
  }
}

/** A directory with the files of a log that a crash left. */
function crashedCopy(t: ExecutionContext, from: string): string {
  const to = join(temporaryDirectory(t), 'state')
  mkdirSync(to)
  for (const file of ['millrace.db', 'millrace.db-wal']) copyFileSync(join(from, file), join(to, file))
  return to
}

test('a write-ahead log cut at any byte leaves a prefix of the commits, and appending goes on behind it', async (t) => {
  const random = randomFrom(seed)
  t.log(`TEST_SEED=${seed}`)
  const origin = temporaryDirectory(t)
  const log = openSqliteEventLog({ directory: origin })
  const commits = chain(buildA, 60)
  for (const commit of commits) log.append(commit)
  const walBytes = readFileSync(join(origin, 'millrace.db-wal')).byteLength
  const lengths = new Set<number>()
  for (let round = 0; round < 60; round++) {
    const copy = crashedCopy(t, origin)
    truncateSync(join(copy, 'millrace.db-wal'), Math.floor(random() * (walBytes + 1)))
    const { commits: left, refusal } = await readTrusted(copy)
    t.is(refusal, undefined)
    t.deepEqual(left, commits.slice(0, left.length))
    lengths.add(left.length)
    const again = openSqliteEventLog({ directory: copy })
    for (const commit of commits.slice(left.length)) t.is(again.append(commit), 'appended')
    t.deepEqual(await all(again.read(buildA)), commits)
    await again.close()
    rmSync(copy, { recursive: true })
  }
  t.true(lengths.size > 20)
  await log.close()
})

test('a byte changed anywhere in the files never yields a commit that was not written', async (t) => {
  const random = randomFrom(seed)
  t.log(`TEST_SEED=${seed}`)
  const origin = temporaryDirectory(t)
  const log = openSqliteEventLog({ directory: origin })
  // The first part is large enough to be moved into the database file, the rest stays in the write-ahead log.
  const commits = chain(buildA, 300, 'x'.repeat(3000))
  for (const commit of commits.slice(0, 250)) log.append(commit)
  await log.close()
  const second = openSqliteEventLog({ directory: origin })
  for (const commit of commits.slice(250)) second.append(commit)
  const files = ['millrace.db', 'millrace.db-wal'].map((file) => ({ file, bytes: readFileSync(join(origin, file)) }))
  const outcomes = { whole: 0, shorter: 0, refused: 0 }
  for (let round = 0; round < 150; round++) {
    const copy = crashedCopy(t, origin)
    // Half of the changes hit the first pages: header, schema, roots of the tables.
    const { file, bytes } = files[round % 3 === 2 ? 1 : 0]!
    const at = Math.floor(random() * (round % 2 === 0 ? bytes.byteLength : Math.min(40_000, bytes.byteLength)))
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1 << Math.floor(random() * 8)
    writeFileSync(join(copy, file), changed)
    const { commits: left, refusal } = await readTrusted(copy)
    const where = `TEST_SEED=${seed}, round ${round}: byte ${at} of ${file}`
    t.true(left.length <= commits.length, where)
    for (const [i, commit] of left.entries()) t.is(Buffer.compare(commit.body, commits[i]!.body), 0, where)
    if (refusal !== undefined) {
      t.true(refusal instanceof LogDamage || refusal instanceof EventLogError, `${where}: ${refusal}`)
      if (refusal instanceof LogDamage) t.is(refusal.version, left.length + 1, where)
      outcomes.refused++
    } else if (left.length === commits.length) outcomes.whole++
    else outcomes.shorter++
    rmSync(copy, { recursive: true })
  }
  t.log(JSON.stringify(outcomes))
  t.true(outcomes.refused > 0)
  await second.close()
})

test('a byte changed in a commit is found at that commit', async (t) => {
  const directory = temporaryDirectory(t)
  const log = openSqliteEventLog({ directory })
  const commits = chain(buildA, 400, 'y'.repeat(3000))
  for (const commit of commits) log.append(commit)
  await log.close()
  const path = join(directory, 'millrace.db')
  const bytes = readFileSync(path)
  const at = bytes.indexOf('"version":200,')
  t.true(at > 0)
  bytes[at + 16]! ^= 1
  writeFileSync(path, bytes)
  const { commits: left, refusal } = await readTrusted(directory)
  t.true(refusal instanceof LogDamage && refusal.version === 200)
  t.is(left.length, 199)
})

test('an attachment whose stored bytes changed is refused', async (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'millrace.db')
  const log = openSqliteEventLog({ directory })
  const plain = log.attach(Buffer.from('plain attachment'))
  const random = randomFrom(1)
  const compressed = log.attach(Buffer.from(Array.from({ length: 2_000_000 }, () => 97 + Math.floor(random() * 20))))
  await log.close()
  const bytes = readFileSync(path)
  bytes[bytes.indexOf('plain attachment')]! ^= 1
  bytes[bytes.byteLength - 500_000]! ^= 1
  writeFileSync(path, bytes)
  const again = openSqliteEventLog({ directory })
  await t.throwsAsync(again.attachment(plain), { instanceOf: AttachmentDamage })
  await t.throwsAsync(again.attachment(compressed), { instanceOf: AttachmentDamage })
  await again.close()
})

test('a write-ahead log that is damaged before the tables is refused, and left as it is', async (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'millrace.db-wal')
  const log = openSqliteEventLog({ directory })
  for (const commit of chain(buildA, 10)) log.append(commit)
  await log.close()
  const bytes = readFileSync(path)
  bytes[20]! ^= 1
  writeFileSync(path, bytes)
  for (let i = 0; i < 2; i++)
    t.throws(() => openSqliteEventLog({ directory }), { instanceOf: EventLogError, message: /damaged at its header/ })
  t.deepEqual(readFileSync(path), bytes)
})

test('commits lost behind a damaged frame of the write-ahead log are no damage of theirs, but of the storage', async (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'millrace.db-wal')
  const log = openSqliteEventLog({ directory })
  for (const commit of chain(buildA, 10)) log.append(commit)
  await log.close()
  const bytes = readFileSync(path)
  bytes[bytes.lastIndexOf('"version":9,')]! ^= 1
  writeFileSync(path, bytes)
  const { commits, refusal } = await readTrusted(directory)
  t.is(refusal, undefined)
  t.true(commits.length < 10)
  const again = openSqliteEventLog({ directory })
  t.regex(
    (await again.storageDamage()) ?? '',
    /millrace\.db-wal is damaged at frame \d+, and what was stored behind that is lost$/,
  )
  await again.close()
})
