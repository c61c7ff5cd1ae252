import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import { type JsonRun, launcher, MillraceRig } from '../../rig/millrace.ts'
import { processesWith } from '../../rig/survivors.ts'
import { until } from '../../rig/until.ts'
import { seededRandom } from './seeded-random.ts'

// One after the other: a command line that is waited for keeps this process from killing another in time.

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
const taskCount = 60

/** Sizes of outputs: rows of the cache's database, files, and one in pieces. */
const bytesOf = (i: number) => (i % 10 === 0 ? 100_000 : i === 7 ? 2_000_000 : 200 + i)

/** Tasks that read each other's outputs, of sizes that the cache keeps in different ways. */
function files(): Record<string, string> {
  const sources: Record<string, string> = {}
  let manifest = 'rule make\n  command = cat $in | head -c $bytes > $out\n'
  for (let i = 0; i < taskCount; i++) {
    sources[`in/${i}`] = `line ${i} of the source\n`.repeat(bytesOf(i) / 15)
    manifest += `build out/${i}: make in/${i} ${i >= 9 ? `out/${i - 9}` : ''}\n  bytes = ${bytesOf(i)}\n`
  }
  return { ...sources, 'build.ninja': manifest }
}

const expected = files()

/** What task `i` makes: its own source is longer than what it takes. */
function isRight(t: ExecutionContext, rig: MillraceRig): void {
  for (let i = 0; i < taskCount; i++) t.is(rig.read(`out/${i}`), expected[`in/${i}`]!.slice(0, bytesOf(i)), `out/${i}`)
}

function noticesOf({ stderr }: { readonly stderr: string }): readonly string[] {
  return stderr.split('\n').filter((line) => line !== '')
}

/** Builds from clean; everything has to be right, and the trouble told in one line at most. */
function buildsFromClean(t: ExecutionContext, rig: MillraceRig): JsonRun {
  rmSync(rig.path('out'), { recursive: true, force: true })
  const run = rig.build('-j', '3')
  t.is(run.code, 0, run.stderr)
  isRight(t, rig)
  return run
}

function cacheOf(rig: MillraceRig): string {
  return join(rig.cacheDirectory, 'millrace')
}

/** Builds with a file system of its own in the place of the cache. */
function buildsOnMount(t: ExecutionContext, options: string): string {
  const rig = new MillraceRig(t, files())
  mkdirSync(rig.cacheDirectory)
  const build = `'${process.execPath}' '${launcher}' build --json -j3 > '${rig.stateDirectory}.events'`
  const mount = `mount -t tmpfs -o ${options} none '${rig.cacheDirectory}'`
  const run = rig.shell(`exec unshare -Urm sh -c "${mount} && exec ${build}"`)
  t.is(run.code, 0, run.stderr)
  isRight(t, rig)
  return run.stderr
}

const goesOn = /^warning: [^\n]+; this build goes on without the cache\n$/

test.serial('a cache without room, or that may not be written, is told of in one line and stops nothing', (t) => {
  for (const options of ['size=600k', 'size=20k', 'ro']) t.regex(buildsOnMount(t, options), goesOn, options)
})

test.serial('a file in the place of the cache directory is told of in one line, and stops nothing', (t) => {
  const rig = new MillraceRig(t, files())
  writeFileSync(rig.cacheDirectory, 'a file')
  t.regex(buildsFromClean(t, rig).stderr, goesOn)
  t.is(readFileSync(rig.cacheDirectory, 'utf8'), 'a file')
})

test.serial('a cache of a newer format is left alone, and told of in one line', (t) => {
  const rig = new MillraceRig(t, files())
  buildsFromClean(t, rig)
  for (const name of databasesOf(rig)) {
    const path = join(cacheOf(rig), name)
    const database = new DatabaseSync(path)
    const version = Number(Object.values(database.prepare('PRAGMA user_version').get()!)[0])
    database.exec(`PRAGMA user_version = ${version + 1000}`)
    database.close()
    const before = readFileSync(path)
    const run = buildsFromClean(t, rig)
    t.is(noticesOf(run).length, 1, name)
    t.is(Buffer.compare(readFileSync(path), before), 0, `${name} is as it was`)
    new DatabaseSync(path).exec(`PRAGMA user_version = ${version}`)
    t.is(buildsFromClean(t, rig).cached.length, taskCount)
  }
})

function databasesOf(rig: MillraceRig): readonly string[] {
  const names = readdirSync(cacheOf(rig)).filter((name) => /\.(?:db|sqlite)$/.test(name))
  if (names.length === 0) throw new Error(`no database in ${readdirSync(cacheOf(rig))}`)
  return names
}

/** Files of the cache, databases and blobs, by path. */
function filesOf(rig: MillraceRig): readonly string[] {
  return readdirSync(cacheOf(rig), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

test.serial('damaged files of the cache, cut or with other bytes, make no wrong output', (t) => {
  const random = seededRandom(t, seed)
  for (const damage of ['cut', 'flipped', 'both'] as const) {
    const rig = new MillraceRig(t, files())
    buildsFromClean(t, rig)
    for (const path of filesOf(rig)) {
      const { size } = statSync(path)
      if (size === 0) continue
      if (damage !== 'cut') {
        const content = readFileSync(path)
        for (let i = 0; i < 1 + size / 3000; i++) content[random(size)]! ^= 1 + random(255)
        writeFileSync(path, content)
      }
      if (damage !== 'flipped') truncateSync(path, random(size))
    }
    const run = buildsFromClean(t, rig)
    t.true(noticesOf(run).length <= 1, `${damage}: ${run.stderr}`)
    const after = buildsFromClean(t, rig)
    t.true(noticesOf(after).length <= 1, `${damage}, afterwards: ${after.stderr}`)
  }
})

test.serial('a cache that is removed in the middle of a build stops nothing', async (t) => {
  const rig = new MillraceRig(t, {
    ...files(),
    'build.ninja': `${expected['build.ninja']}rule wait\n  command = echo > begun; read line < go; cp in/0 $out\nbuild out/wait: wait\nrule late\n  command = cp $in $out\nbuild out/late: late out/wait\n`,
  })
  rig.tool('mkfifo', ['go'])
  const { run } = rig.start(t, ['build', '--json', '-j', '3'])
  await until('a command waits and others have ended', () => rig.has('begun') && rig.has('out/20'), 60_000)
  rmSync(rig.cacheDirectory, { recursive: true, force: true })
  writeFileSync(rig.path('go'), 'go\n')
  const { code, stderr } = await run
  t.is(code, 0, stderr)
  isRight(t, rig)
  t.true(noticesOf({ stderr }).length <= 1, stderr)
})

test.serial('builds of two checkouts at once share a cache', async (t) => {
  const one = new MillraceRig(t, files(), 'one')
  const two = new MillraceRig(t, files(), 'two')
  two.cacheDirectory = one.cacheDirectory
  for (let round = 0; round < 3; round++) {
    for (const rig of [one, two]) rmSync(rig.path('out'), { recursive: true, force: true })
    if (round === 1) rmSync(one.cacheDirectory, { recursive: true })
    const runs = [one, two].map((rig) => rig.start(t, ['build', '--json', '-j', '2']).run)
    for (const { code, stderr } of await Promise.all(runs)) t.deepEqual([code, stderr], [0, ''])
    for (const rig of [one, two]) isRight(t, rig)
  }
  t.is(buildsFromClean(t, two).cached.length, taskCount)
})

test.serial('a build that is killed while it stores or restores leaves a cache that is right', async (t) => {
  const random = seededRandom(t, seed)
  const rig = new MillraceRig(t, files())
  for (let i = 0; i < 15; i++) {
    if (i % 2 === 0) rmSync(rig.path('out'), { recursive: true, force: true })
    if (i % 5 === 0) rmSync(rig.cacheDirectory, { recursive: true, force: true })
    const { process: child, run } = rig.start(t, ['build', '--json', '-j', '3'])
    const linesMax = random(3 * taskCount)
    let lines = 0
    child.stdout?.on('data', (piece: string) => {
      lines += piece.split('\n').length - 1
      if (lines >= linesMax) child.kill('SIGKILL')
    })
    await run
    const isGone = () => processesWith('XDG_STATE_HOME', rig.stateDirectory).length === 0
    await until('nothing of the killed build runs', isGone, 30_000)
    // What the cache has now must be right for a build that begins with nothing else.
    if (i % 3 === 0) rmSync(rig.stateDirectory, { recursive: true })
    if (i % 3 === 1) buildsFromClean(t, rig)
  }
  buildsFromClean(t, rig)
  t.is(buildsFromClean(t, rig).cached.length, taskCount)
  const builds = rig.millrace(['builds', '--json']).stdout.trim().split('\n')
  for (const line of builds) {
    const { build } = JSON.parse(line) as { build: string }
    const verified = rig.millrace(['replay', build, '--verify'])
    t.is(verified.code, 0, verified.stderr)
  }
})
