import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { MerkleTree } from '../../../infra/input-tree/input-tree.ts'
import { InputTreeError } from '../../../infra/input-tree/input-tree-error.ts'
import { scanDirectory } from '../../../infra/input-tree/scan-directory.ts'
import { decodeStatCache, encodeStatCache } from '../../../infra/source-tree/stat-cache.ts'
import { until } from '../../rig/until.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

/** Waits until a change after now shows in a file's times (10 ms). */
function settle(): Promise<void> {
  const begunAt = Date.now()
  return until('the clock has moved on', () => Date.now() - begunAt > 20)
}

test('a directory becomes entries: files, links as links, empty directories', async (t) => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'sub/empty'), { recursive: true })
  mkdirSync(join(directory, 'sub/.git'))
  mkdirSync(join(directory, 'out'))
  writeFileSync(join(directory, 'out/x'), '')
  writeFileSync(join(directory, 'sub/a'), 'a')
  writeFileSync(join(directory, 'sub/large'), Buffer.alloc(3_000_000, 1))
  writeFileSync(join(directory, 'run'), '!', { mode: 0o755 })
  symlinkSync('..', join(directory, 'sub/up'))
  const progress: number[] = []
  const scan = await scanDirectory(directory, {
    exclude: (path, isDirectory) => isDirectory && path === join(directory, 'out'),
    onProgress: ({ files }) => progress.push(files),
  })
  const tree = MerkleTree.of(scan.entries)
  const at = (path: string) => tree.get(join(directory, path).slice(1))
  t.deepEqual(tree.list(directory.slice(1)), ['run', 'sub'])
  t.deepEqual(tree.list(join(directory, 'sub').slice(1)), ['a', 'empty', 'large', 'up'])
  t.deepEqual(at('run'), { kind: 'file', digest: digestOf('!'), isExecutable: true })
  t.deepEqual(at('sub/up'), { kind: 'symlink', target: '..' })
  t.like(at('sub/large'), { digest: digestOf(Buffer.alloc(3_000_000, 1)), isExecutable: false })
  t.like(scan, { files: 3, hashedFiles: 3, hashedBytes: 3_000_002, skipped: [] })
  t.is(progress.at(-1), 3)
})

test('what looks as before is not read again; what changed is', async (t) => {
  const directory = temporaryDirectory(t)
  for (const name of ['a', 'b', 'c']) writeFileSync(join(directory, name), name)
  await settle()
  const first = await scanDirectory(directory)
  const known = decodeStatCache(encodeStatCache(first.known))
  const again = await scanDirectory(directory, { known })
  t.like(again, { files: 3, hashedFiles: 0 })
  t.deepEqual(again.entries, first.entries)
  writeFileSync(join(directory, 'b'), 'B')
  utimesSync(join(directory, 'b'), first.known.get(join(directory, 'b'))!.mtimeMs / 1000, 1)
  chmodSync(join(directory, 'c'), 0o755)
  const changed = await scanDirectory(directory, { known: again.known })
  t.is(changed.hashedFiles, 2)
  const tree = MerkleTree.of(changed.entries)
  t.like(tree.get(join(directory, 'b').slice(1)), { digest: digestOf('B') })
  t.like(tree.get(join(directory, 'c').slice(1)), { isExecutable: true })
})

test('a file that was read right after a change is read again', async (t) => {
  const directory = temporaryDirectory(t)
  writeFileSync(join(directory, 'a'), 'a')
  const future = Date.now() / 1000 + 3600
  utimesSync(join(directory, 'a'), future, future)
  const { known } = await scanDirectory(directory)
  t.is((await scanDirectory(directory, { known })).hashedFiles, 1)
})

test('what can not be staged is named', async (t) => {
  const directory = temporaryDirectory(t)
  execFileSync('mkfifo', [join(directory, 'fifo')])
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0x61])]), '')
  writeFileSync(join(directory, '\ufffd'), 'a real name')
  const { skipped, entries } = await scanDirectory(directory)
  t.deepEqual(
    skipped.toSorted((a, b) => (a.reason < b.reason ? -1 : 1)),
    [
      { path: `${directory}/\ufffda`, reason: 'name-not-unicode' },
      { path: join(directory, 'fifo'), reason: 'special-file' },
    ],
  )
  t.is(entries.length, 2)
  await t.throwsAsync(scanDirectory(join(directory, 'none')), {
    instanceOf: InputTreeError,
    message: /^[^\n]+; [^\n]+$/,
  })
})

test('files that this user may not read are named', (t) => {
  const directory = temporaryDirectory(t)
  chmodSync(directory, 0o755)
  mkdirSync(join(directory, 'closed'), { mode: 0o700 })
  writeFileSync(join(directory, 'secret'), '', { mode: 0o600 })
  if (process.getuid!() !== 0) for (const name of ['closed', 'secret']) chmodSync(join(directory, name), 0)
  const script = `
    const { scanDirectory } = await import('../../../infra/input-tree/scan-directory.ts')
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
    const { skipped } = await scanDirectory(${JSON.stringify(directory)})
    process.stdout.write(skipped.map(({ path, reason }) => path.split('/').pop() + ' ' + reason).sort().join())`
  const told = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: import.meta.dirname })
  t.is(told.toString(), 'closed unreadable,secret unreadable')
  if (process.getuid!() !== 0) chmodSync(join(directory, 'closed'), 0o700)
})

test('a scan can be given up', async (t) => {
  const directory = temporaryDirectory(t)
  writeFileSync(join(directory, 'large'), Buffer.alloc(2_000_000))
  await t.throwsAsync(scanDirectory(directory, { signal: AbortSignal.abort() }), { name: 'AbortError' })
})
