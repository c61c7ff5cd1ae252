import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { diskSourceTree } from '../../../infra/source-tree/disk-source-tree.ts'
import { SourceTreeError } from '../../../infra/source-tree/source-tree.ts'
import { type SourceTreeBench, sourceTreeConformance } from '../../conformance/source-tree.ts'
import { until } from '../../rig/until.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

/** More than a tick of the kernel, by which a file's times lag behind. */
const settledMs = 25

/** Any change of a file from then on shows in its times. */
function settle(directory: string): Promise<void> {
  const entries = [directory, ...readdirSync(directory, { recursive: true }).map((name) => join(directory, `${name}`))]
  const newest = Math.max(...entries.map((path) => statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0))
  return until('the times of the files are past', () => Date.now() - newest > settledMs)
}

function diskBench(t: ExecutionContext): SourceTreeBench & { readonly directory: string } {
  const directory = temporaryDirectory(t)
  return {
    directory,
    open: () => diskSourceTree(directory),
    write: (path, content) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), content)
    },
    mkdir: (path) => mkdirSync(join(directory, path)),
    remove: (path) => rmSync(join(directory, path), { recursive: true, force: true }),
    settle: () => settle(directory),
  }
}

sourceTreeConformance('disk', diskBench)

const mebibyte = 1 << 20

test('a large file is read in pieces, to the digest that it has as a whole', async (t) => {
  const { directory, open } = diskBench(t)
  for (const size of [mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte + 17]) {
    const content = Buffer.alloc(size, 'all work and no play makes a dull file\n')
    writeFileSync(join(directory, 'file'), content)
    const tree = open()
    const looked = tree.look('file')
    t.is(looked === undefined, size <= mebibyte, 'at once, up to a limit')
    await looked
    t.is(tree.digest('file'), `${createHash('sha256').update(content).digest('hex')}/${size}`)
  }
})

test('a large file that is gone when it is read was not there', async (t) => {
  const { directory, open } = diskBench(t)
  writeFileSync(join(directory, 'large'), Buffer.alloc(2 * mebibyte))
  const tree = open()
  const looked = tree.look('large')
  rmSync(join(directory, 'large'))
  await looked
  t.is(tree.digest('large'), null)
})

test('a file that was read right after a change is read again by a later process, and has no footprint', async (t) => {
  const { directory, open } = diskBench(t)
  const path = join(directory, 'file')
  // A file of the future is one whose times don't tell of a change, for as long as the test lasts.
  writeFileSync(path, 'one')
  utimesSync(path, new Date(), new Date(Date.now() + 3_600_000))
  const tree = open()
  tree.look('file')
  t.is(tree.footprint(), null)
  const later = open()
  later.restore(tree.snapshot()!)
  later.look('file')
  t.not(later.snapshot(), null, 'it was read')
})

test('a large file that changed right before the reading began is not trusted later, however long that took', async (t) => {
  const { directory, open } = diskBench(t)
  const path = join(directory, 'large')
  writeFileSync(path, '')
  truncateSync(path, 96 * mebibyte)
  let tree = open()
  await until('a look at a file within a tick of its change', async () => {
    appendFileSync(path, 'x')
    const before = statSync(path).ctimeMs
    tree = open()
    const looked = tree.look('large')
    const begun = Date.now()
    await looked
    return begun - before <= 5 && Date.now() - before > settledMs
  })
  t.is(tree.footprint(), null)
})

test('a change that leaves size and time of modification shows by the time of change', async (t) => {
  const { directory, open } = diskBench(t)
  const path = join(directory, 'file')
  const time = new Date(1_700_000_000_000)
  writeFileSync(path, 'one')
  utimesSync(path, time, time)
  await settle(directory)
  const tree = open()
  tree.look('file')
  const [footprint, snapshot] = [tree.footprint()!, tree.snapshot()!]
  writeFileSync(path, 'two')
  utimesSync(path, time, time)
  const later = open()
  t.false(later.isAsIn(footprint))
  later.restore(snapshot)
  for (const seer of [tree, later]) {
    seer.look('file')
    t.is(seer.digest('file'), digestOf('two'))
  }
})

test('another file of the same size and times shows by its inode', async (t) => {
  const { directory, open } = diskBench(t)
  writeFileSync(join(directory, 'file'), 'one')
  writeFileSync(join(directory, 'other'), 'two')
  await settle(directory)
  const tree = open()
  tree.look('file')
  renameSync(join(directory, 'other'), join(directory, 'file'))
  tree.look('file')
  t.is(tree.digest('file'), digestOf('two'))
})

test('a link stands for what it leads to, and one that leads nowhere is not there', async (t) => {
  const { directory, open } = diskBench(t)
  writeFileSync(join(directory, 'one'), 'one')
  writeFileSync(join(directory, 'two'), 'two')
  symlinkSync('one', join(directory, 'link'))
  symlinkSync('missing', join(directory, 'dangling'))
  await settle(directory)
  const tree = open()
  for (const path of ['link', 'dangling']) tree.look(path)
  t.deepEqual([tree.digest('link'), tree.digest('dangling')], [digestOf('one'), null])
  const footprint = tree.footprint()!
  t.true(open().isAsIn(footprint))
  rmSync(join(directory, 'link'))
  symlinkSync('two', join(directory, 'link'))
  t.false(open().isAsIn(footprint))
  tree.look('link')
  t.is(tree.digest('link'), digestOf('two'))
  writeFileSync(join(directory, 'two'), 'new')
  tree.look('link')
  t.is(tree.digest('link'), digestOf('new'))
})

test('absolute paths are looked at as they are', (t) => {
  const { directory } = diskBench(t)
  writeFileSync(join(directory, 'file'), 'one')
  const tree = diskSourceTree('/no/such/directory')
  tree.look(join(directory, 'file'))
  t.is(tree.digest(join(directory, 'file')), digestOf('one'))
})

test('what is neither file nor directory is told apart from an empty file', (t) => {
  const tree = diskSourceTree('/')
  tree.look('/dev/null')
  tree.look('/dev/zero')
  t.not(tree.digest('/dev/null'), digestOf(''))
  t.not(tree.digest('/dev/null'), tree.digest('/dev/zero'))
})

test('links in a circle are an error that names the path, and are not as in any footprint', async (t) => {
  const { directory, open } = diskBench(t)
  const path = join(directory, 'circle')
  writeFileSync(path, 'one')
  await settle(directory)
  const tree = open()
  tree.look('circle')
  const footprint = tree.footprint()!
  rmSync(path)
  symlinkSync('circle', path)
  const expected = { instanceOf: SourceTreeError, message: "circle: can't be read (ELOOP)" }
  t.throws(() => tree.look('circle'), expected)
  t.throws(() => open().has('circle'), expected)
  t.throws(() => open().modifiedAt('circle'), expected)
  t.false(open().isAsIn(footprint))
})

/** Looks at paths of a directory as a user who is not root, and prints what came of each. */
const lookAsNobody = `
const [module, directory, ...paths] = process.argv.slice(1)
const { diskSourceTree } = await import(module)
if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(65534)
  process.setuid(65534)
}
const tree = diskSourceTree(directory)
for (const path of paths) {
  try {
    await tree.look(path)
    console.log(tree.digest(path) === null ? 'nothing' : 'read')
  } catch (error) {
    console.log(error.name + ': ' + error.message)
  }
}
`

test('a file that may not be read, small or large, and one in a directory that may not be entered are errors', (t) => {
  const { directory } = diskBench(t)
  const path = (name: string) => join(directory, name)
  chmodSync(directory, 0o755)
  mkdirSync(path('closed'))
  writeFileSync(path('small'), 'one')
  writeFileSync(path('large'), Buffer.alloc(2 * mebibyte))
  writeFileSync(path('open'), 'one', { mode: 0o644 })
  for (const name of ['small', 'large', 'closed']) chmodSync(path(name), 0)
  const module = join(import.meta.dirname, '../../../infra/source-tree/disk-source-tree.ts')
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', lookAsNobody, module, directory, 'small', 'large', 'closed/file', 'open', 'none'],
    { encoding: 'utf8' },
  )
  chmodSync(path('closed'), 0o755)
  t.is(stderr, '')
  t.deepEqual(stdout.split('\n'), [
    "SourceTreeError: small: can't be read (EACCES)",
    "SourceTreeError: large: can't be read (EACCES)",
    "SourceTreeError: closed/file: can't be read (EACCES)",
    'read',
    'nothing',
    '',
  ])
})
