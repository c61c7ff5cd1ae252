import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { MillraceRig, type MillraceRun } from '../../rig/millrace.ts'
import { chain } from './replay-trees.ts'
import { seededRandom } from './seeded-random.ts'

const flipsPerPlace = 15

/** A state directory with the log of three builds. */
function recorded(t: ExecutionContext): MillraceRig {
  const rig = new MillraceRig(t, chain)
  for (const text of ['one\n', 'two\n', 'three\n']) {
    rig.write('source', text)
    rig.mustBuild(t)
  }
  return rig
}

const databaseOf = (state: string) => join(state, 'millrace', 'millrace.db')

/** Brings all of the log into the database file itself. */
function checkpoint(rig: MillraceRig): void {
  const db = new DatabaseSync(databaseOf(rig.stateDirectory))
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Runs `replay --verify` on a copy of the log in which one bit of a file is flipped. */
function verifyFlipped(
  t: ExecutionContext,
  rig: MillraceRig,
  ending: '' | '-wal',
  byte: number,
  bit: number,
): MillraceRun {
  const copy = mkdtempSync(`${rig.stateDirectory}-`)
  try {
    cpSync(rig.stateDirectory, copy, { recursive: true })
    const path = `${databaseOf(copy)}${ending}`
    const content = readFileSync(path)
    content[byte]! ^= 1 << bit
    writeFileSync(path, content)
    const run = rig.millrace(['replay', '--verify'], { XDG_STATE_HOME: copy })
    const told = `byte ${byte}, bit ${bit}: ${run.code}\n${run.stdout}${run.stderr}`
    if (run.code === 0) t.regex(run.stdout, /^verified: \d+ commits, \d+ events, ended succeeded\n$/, told)
    else {
      t.is(run.code, 2, told)
      t.is(run.stdout, '', told)
      t.regex(run.stderr, /^millrace: [^\n]+\n$/, told)
    }
    return run
  } finally {
    rmSync(copy, { recursive: true })
  }
}

test('a whole build is verified, with what was counted', (t) => {
  const rig = recorded(t)
  const { code, stdout } = rig.millrace(['replay', '--verify'])
  t.is(code, 0)
  const lines = rig.millrace(['replay', '--json']).stdout.trimEnd().split('\n')
  const events = lines.slice(0, -1).map((line) => JSON.parse(line))
  t.is(stdout, `verified: ${events.at(-1)!.version} commits, ${events.length} events, ended succeeded\n`)
})

test('a flipped bit in the body of a commit is told with the number of the commit', (t) => {
  const rig = recorded(t)
  checkpoint(rig)
  const path = databaseOf(rig.stateDirectory)
  const file = readFileSync(path)
  const db = new DatabaseSync(path, { readOnly: true })
  const newest = db.prepare('SELECT build_id AS id FROM commits ORDER BY position DESC LIMIT 1').get()!.id
  const rows = db.prepare('SELECT version, body FROM commits WHERE build_id = ? ORDER BY version').all(newest!)
  db.close()
  const random = seededRandom(t, 20261120)
  let found = 0
  for (const { version, body } of rows) {
    const bytes = body as Uint8Array
    const start = file.indexOf(bytes)
    if (start < 0) continue // its body goes over several pages
    found++
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = verifyFlipped(t, rig, '', start + random(bytes.byteLength), random(8))
      t.is(code, 2)
      t.regex(stderr, new RegExp(`^millrace: commit ${version} of build ${newest} is damaged: `))
    }
  }
  t.true(found >= 3)
})

test('a flipped bit anywhere in the database leads to a line about the damage, or was in free space', (t) => {
  const rig = recorded(t)
  checkpoint(rig)
  const random = seededRandom(t, 7)
  const bytes = readFileSync(databaseOf(rig.stateDirectory)).byteLength
  for (let i = 0; i < flipsPerPlace; i++) verifyFlipped(t, rig, '', random(bytes), random(8))
})

test('a flipped bit anywhere in the write-ahead log, at which SQLite silently ends it, is told', (t) => {
  const rig = recorded(t)
  const path = `${databaseOf(rig.stateDirectory)}-wal`
  t.true(existsSync(path))
  const random = seededRandom(t, 8)
  const bytes = readFileSync(path).byteLength
  for (let i = 0; i < flipsPerPlace; i++) t.is(verifyFlipped(t, rig, '-wal', random(bytes), random(8)).code, 2)
})

test('a damaged attachment is told with the commit that names it', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule r\n  command = seq 100000; touch $out\nbuild x: r\n' })
  rig.mustBuild(t)
  const db = new DatabaseSync(databaseOf(rig.stateDirectory))
  db.exec(
    'UPDATE attachments SET bytes = zeroblob(100) WHERE length(bytes) = (SELECT max(length(bytes)) FROM attachments)',
  )
  db.close()
  const { code, stderr } = rig.millrace(['replay', '--verify'])
  t.is(code, 2)
  t.regex(
    stderr,
    /^millrace: commit \d+ of build \w{26} is damaged: attachment [0-9a-f]{64}\/588895 is not what was stored\n$/,
  )
})

test('commits that are missing at the end, in the middle and at the beginning are told', (t) => {
  for (const [where, expected] of [
    ['version = 2', /commit 2 of build \w+ is damaged: it is missing/],
    ['version = 1', /commit 1 of build \w+ is damaged: it is missing/],
  ] as const) {
    const rig = recorded(t)
    const db = new DatabaseSync(databaseOf(rig.stateDirectory))
    db.exec(`DELETE FROM commits WHERE ${where}`)
    db.close()
    const { code, stderr } = rig.millrace(['replay', '--verify'])
    t.is(code, 2)
    t.regex(stderr, expected)
    t.regex(rig.millrace(['builds']).stdout, where === 'version = 1' ? /damaged/ : /succeeded/)
  }
})
