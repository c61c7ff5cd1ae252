import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { walDamage } from '../../../infra/event-log/wal-damage.ts'

const headerBytes = 32
const frameBytes = 24 + 4096

/** The write-ahead log of a database after `transactions` of one row each, with its last connection still open. */
function wal(t: ExecutionContext, transactions: number, work?: (db: DatabaseSync) => void): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-wal-'))
  const db = new DatabaseSync(join(directory, 'log.db'))
  t.teardown(() => {
    db.close()
    rmSync(directory, { recursive: true })
  })
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE rows (text TEXT)')
  for (let i = 0; i < transactions; i++) db.exec(`INSERT INTO rows VALUES ('${'x'.repeat(300)}')`)
  work?.(db)
  return readFileSync(join(directory, 'log.db-wal'))
}

test('a write-ahead log that SQLite wrote is whole', (t) => {
  t.is(walDamage(wal(t, 30)), null)
  t.is(walDamage(new Uint8Array(0)), null)
})

test('a log that was begun anew, with old frames behind the new ones, is whole', (t) => {
  const file = wal(t, 30, (db) => {
    db.exec('PRAGMA wal_checkpoint(RESTART)')
    db.exec("INSERT INTO rows VALUES ('new')")
  })
  t.true(file.byteLength > headerBytes + 10 * frameBytes)
  t.is(walDamage(file), null)
})

test('each flipped bit is found, in the frame that has it or the header', (t) => {
  const file = wal(t, 6)
  const inFrame = (frame: number, byte: number) => headerBytes + (frame - 1) * frameBytes + byte
  for (const byte of [0, 5, 9, 13, 17, 23, 24, 31]) t.is(flipped(file, byte), 0)
  for (const byte of [1, 7, 8, 15, 16, 23, 24, 4000]) {
    t.is(flipped(file, inFrame(3, byte)), 3)
    t.is(flipped(file, inFrame(1, byte)), 1)
  }
  const last = (file.byteLength - headerBytes) / frameBytes
  t.is(flipped(file, inFrame(last, 4119)), last)
})

test('a transaction that a dying process left half written is no damage', (t) => {
  const file = wal(t, 6)
  t.is(walDamage(file.subarray(0, file.byteLength - 1000)), null)
  // A frame of a transaction that was never completed: own salts, no size of the database, and no fitting checksum.
  const torn = Buffer.concat([file, Buffer.alloc(frameBytes)])
  file.copy(torn, file.byteLength + 8, 16, 24)
  t.is(walDamage(torn), null)
})

function flipped(file: Buffer, byte: number): number | null {
  const copy = Buffer.from(file)
  copy[byte]! ^= 0x10
  return walDamage(copy)
}
