import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { StageError } from '../../../infra/input-tree/stage.ts'
import { WorkerDisk } from '../../../infra/input-tree/stage-directory.ts'
import { type Sketch, stageBench, treeOf } from './tree-bench.ts'

const sketch: Sketch = {
  'home/src/a.c': 'a',
  'home/src/run.sh': 'run!',
  'home/src/sub/b.c': 'b',
  'home/src/sub/link': '->b.c',
  'home/src/build/made.h': 'made',
  'home/src/empty/': '',
}

test('a stage holds exactly the tree; the same tree again costs nothing', async (t) => {
  const { bring } = stageBench(t)
  t.like(await bring(sketch), { linked: 4, fetched: 4, fetchedBytes: 10, reused: 0 })
  t.like(await bring(sketch), { linked: 0, fetched: 0, fetchedBytes: 0, reused: 4 })
})

test('of another tree, only what differs is touched', async (t) => {
  const { bring, stage } = stageBench(t)
  await bring(sketch)
  const before = statSync(join(stage.directory, 'home/src/sub'))
  const { 'home/src/a.c': _, ...without } = sketch
  t.like(await bring({ ...without, 'home/src/build/made.h': 'new', 'home/src/c.c': 'a' }), { linked: 2, fetched: 1 })
  t.is(statSync(join(stage.directory, 'home/src/sub')).ino, before.ino)
  t.like(await bring({ 'home/src': 'now a file' }), { linked: 1 })
  t.like(await bring({ 'home/src/sub/b.c/d': 'now a directory', 'home/src/a.c': '->sub' }), { linked: 1 })
  t.like(await bring({ 'home/src/a.c': 'run!', x: 'run!' }), { linked: 2, fetched: 0 })
  await bring({})
  t.deepEqual(readdirSync(stage.directory), [])
})

test('stages have the same files; equal contents are kept once, executable ones apart', async (t) => {
  const { bring, disk, directory, stage, blobs } = stageBench(t)
  await bring({ 'a/one': 'same', 'a/two': 'same' })
  const other = disk.openStage(join(directory, 'stages/2'))
  const outcome = await other.bring(treeOf({ three: 'same' }, blobs))
  t.like(outcome, { kind: 'brought', fetched: 0, linked: 1 })
  t.is(statSync(join(other.directory, 'three')).ino, statSync(join(stage.directory, 'a/one')).ino)
  t.is(statSync(join(stage.directory, 'a/two')).nlink, 4)
  t.is(disk.bytes, 4)
})

test('what a command left in its writable directories is removed, what it changed is made good', async (t) => {
  const { bring, stage } = stageBench(t)
  const tree: Sketch = { ...sketch, 'home/src/build/deep/x': 'x', 'home/src/build/l': '->made.h' }
  await bring(tree)
  const build = join(stage.directory, 'home/src/build')
  stage.noteWritable(['home/src/build'])
  writeFileSync(join(build, 'out.o'), 'object')
  mkdirSync(join(build, 'closed/in'), { recursive: true })
  writeFileSync(join(build, 'closed/in/file'), '')
  chmodSync(join(build, 'closed/in'), 0)
  writeFileSync(Buffer.concat([Buffer.from(`${build}/`), Buffer.from([0xff])]), '')
  rmSync(join(build, 'deep'), { recursive: true })
  symlinkSync('/etc', join(build, 'deep'))
  rmSync(join(build, 'l'))
  writeFileSync(join(build, 'new'), 'made', { mode: 0o444 })
  renameSync(join(build, 'new'), join(build, 'made.h'))
  t.like(await bring(tree), { linked: 2, fetched: 0, reused: 3 })
  t.like(await bring(tree), { linked: 0 })

  stage.noteWritable(['home/src/build'])
  rmSync(build, { recursive: true })
  writeFileSync(build, 'no directory any more')
  await bring(tree)
  stage.noteWritable(['home/src/build/deep', 'home/src/sub', 'none'])
  chmodSync(join(build, 'deep'), 0)
  writeFileSync(join(stage.directory, 'home/src/sub/left'), '')
  await bring({ ...tree, 'home/src/a.c': 'changed' })
  stage.noteWritable(['home/src/build'])
  writeFileSync(join(build, 'left'), '')
  await bring({ 'home/src/a.c': 'no build directory' })
})

test('a file that was changed in place is fetched anew, for all stages that have it', async (t) => {
  const { bring, disk, directory, stage, blobs } = stageBench(t)
  const other = disk.openStage(join(directory, 'stages/2'))
  const tree = treeOf({ 'in/a': 'same', b: 'b' }, blobs)
  const changes: ((path: string) => void)[] = [
    (path) => appendFileSync(path, 'x'),
    (path) => writeFileSync(path, 'SAME'),
    (path) => chmodSync(path, 0o755),
    (path) => utimesSync(path, 1, 1),
  ]
  for (const change of changes) {
    await bring({ 'build/a': 'same', 'src/a': 'same', x: 'b' })
    await other.bring(tree)
    stage.noteWritable(['build'])
    const path = join(stage.directory, 'build/a')
    chmodSync(path, 0o644)
    change(path)
    t.like(await bring({ 'build/a': 'same', 'src/a': 'same', x: 'b' }), { linked: 2, fetched: 1 })
    t.like(await other.bring(tree), { linked: 1, fetched: 0 })
    t.is(readFileSync(join(other.directory, 'in/a'), 'utf8'), 'same')
    t.like(await other.bring(tree), { linked: 0 })
  }
  // In no stage any more when it is found out.
  await bring({})
  await other.bring(treeOf({}, blobs))
  const content = join(directory, 'contents', digestOf('same').slice(0, 2), digestOf('same').slice(0, 64))
  chmodSync(content, 0o644)
  writeFileSync(content, 'EVIL')
  t.like(await bring({ a: 'same' }), { fetched: 1 })
})

test('whatever commands do in writable directories, the next tree is right', async (t) => {
  const { bring, stage, blobs } = stageBench(t)
  const name = fc.constantFrom('a', 'b', 'c')
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
  const files = fc.dictionary(path, fc.constantFrom('x', 'y', 'run!', '->a'), { maxKeys: 8 }).map(withoutNested)
  const deed = fc.record({ path, kind: fc.constantFrom('write', 'remove', 'directory', 'link', 'append') })
  const round = fc.record({ files, dirty: fc.array(path, { maxLength: 2 }), deeds: fc.array(deed, { maxLength: 6 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(round, { maxLength: 4 }), async (rounds) => {
      for (const { files: wanted, dirty, deeds } of rounds) {
        treeOf(wanted, blobs)
        await bring(wanted)
        const directories = dirty.filter((one) => Object.keys(wanted).some((file) => file.startsWith(`${one}/`)))
        stage.noteWritable(directories)
        for (const { path: one, kind } of deeds)
          if (directories.some((above) => one.startsWith(`${above}/`))) doDeed(join(stage.directory, one), kind)
      }
      await bring({})
    }),
    { numRuns: 60 },
  )
})

function withoutNested(files: Sketch): Sketch {
  const paths = Object.keys(files)
  return Object.fromEntries(
    Object.entries(files).filter(([one]) => !paths.some((other) => other.startsWith(`${one}/`))),
  )
}

function doDeed(path: string, kind: string): void {
  try {
    if (kind === 'write') writeFileSync(path, 'x', { flag: 'wx', mode: 0o444 })
    else if (kind === 'remove') rmSync(path, { recursive: true })
    else if (kind === 'directory') mkdirSync(path, { recursive: true })
    else if (kind === 'link') symlinkSync('a', path)
    else {
      chmodSync(path, 0o644)
      appendFileSync(path, 'more', { flag: 'a' })
    }
  } catch {
    // There is something, or nothing, at the path.
  }
}

test('contents that are nowhere are named, and the next tree is right all the same', async (t) => {
  const { bring, stage, blobs } = stageBench(t)
  await bring(sketch)
  const tree = treeOf({ ...sketch, 'lost/one': 'gone', 'lost/two': 'gone', three: 'here' }, blobs)
  await blobs.remove([digestOf('gone')])
  const outcome = await stage.bring(tree)
  t.is(outcome.kind, 'lost-input')
  if (outcome.kind !== 'lost-input') return
  t.is(outcome.lost.length, 1)
  t.is(outcome.lost[0]!.digest, digestOf('gone'))
  t.regex(outcome.lost[0]!.path, /^lost\/(one|two)$/)
  await bring(sketch)
})

test('a store that gives something else counts as one that has nothing', async (t) => {
  const { stage, blobs, directory } = stageBench(t)
  const tree = treeOf({ small: 'right', large: 'x'.repeat(2_000_000) }, blobs)
  blobs.get = () => Buffer.from('wrong')
  const copyTo = blobs.copyTo.bind(blobs)
  blobs.copyTo = (digest, path, mode) => {
    const isThere = copyTo(digest, path, mode)
    appendFileSync(path, 'more')
    return isThere
  }
  const outcome = await stage.bring(tree)
  t.is(outcome.kind === 'lost-input' ? outcome.lost.length : 0, 2)
  t.deepEqual(readdirSync(join(directory, 'contents/tmp')), [])
  blobs.copyTo = copyTo
  blobs.get = MemoryBlobStore.prototype.get.bind(blobs)
  t.like(await stage.bring(tree), { kind: 'brought', fetched: 2 })
})

test('contents beyond the limit go, the least recently used first, but for those in a stage', async (t) => {
  const { bring, disk } = stageBench(t, 1000)
  const of = (name: string) => name.repeat(300)
  await bring({ a: of('a') })
  await bring({ b: of('b') })
  await bring({ c: of('c') })
  t.is(disk.bytes, 900)
  t.like(await bring({ a: of('a'), d: of('d') }), { fetched: 1 })
  t.is(disk.bytes, 900)
  t.like(await bring({ c: of('c') }), { fetched: 0 })
  t.like(await bring({ b: of('b') }), { fetched: 1 })
  const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, of(name)]))
  await bring(many)
  t.is(disk.bytes, 1500)
  await bring({ f: of('f') })
  t.true(disk.bytes <= 1000)
})

test('contents are found again by the next process, and a stage is emptied', async (t) => {
  const { bring, directory, blobs } = stageBench(t)
  await bring(sketch)
  const disk = new WorkerDisk({ directory: join(directory, 'contents'), blobs: new MemoryBlobStore(), bytesMax: 0 })
  t.is(disk.bytes, 10)
  const stage = disk.openStage(join(directory, 'stages/1'))
  t.deepEqual(readdirSync(stage.directory), [])
  t.like(await stage.bring(treeOf(sketch, blobs)), { kind: 'brought', linked: 4, fetched: 0 })
})

test('a content with as many links as a file can have goes on as a copy', async (t) => {
  const { bring, directory } = stageBench(t)
  await bring({ a: 'same' })
  const content = join(directory, 'contents', digestOf('same').slice(0, 2), digestOf('same').slice(0, 64))
  const inode = statSync(content).ino
  mkdirSync(join(directory, 'links'))
  let links = 0
  try {
    for (; links < 70_000; links++) linkSync(content, join(directory, 'links', `${links}`))
  } catch {
    // So many it is.
  }
  await bring({ a: 'same', b: 'same' })
  t.is(statSync(content).ino === inode, links === 70_000)
})

test('a disk that can not be used is told in one line', (t) => {
  const { directory, blobs } = stageBench(t)
  writeFileSync(join(directory, 'file'), '')
  const open = () => new WorkerDisk({ directory: join(directory, 'file/contents'), blobs, bytesMax: 0 })
  t.throws(open, { instanceOf: StageError, message: /^stage: [^\n]+; [^\n]+$/ })
  const disk = new WorkerDisk({ directory: join(directory, 'contents'), blobs, bytesMax: 0 })
  t.throws(() => disk.openStage(join(directory, 'file/stage')), { instanceOf: StageError })
})

test('contents on another file system than the stage are refused with the mend', async (t) => {
  const { directory, blobs } = stageBench(t)
  const shm = `/dev/shm/millrace-test-${process.pid}`
  t.teardown(() => rmSync(shm, { recursive: true, force: true }))
  const disk = new WorkerDisk({ directory: join(directory, 'contents'), blobs, bytesMax: 0 })
  const stage = disk.openStage(shm)
  await t.throwsAsync(stage.bring(treeOf({ a: 'a' }, blobs)), {
    instanceOf: StageError,
    message: /another file system/,
  })
})
