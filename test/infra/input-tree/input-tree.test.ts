import test from 'ava'
import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { MerkleTree, type TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import { InputTreeError } from '../../../infra/input-tree/input-tree-error.ts'
import { readTree, TreeReader } from '../../../infra/input-tree/read-tree.ts'
import type { TreeDirectory } from '../../../infra/input-tree/tree-directory.ts'
import { decodeDirectory, encodeDirectory } from '../../../infra/reapi/directory-codec.ts'
import { ReapiError } from '../../../infra/reapi/reapi-error.ts'

const digest = digestOf('a')
const file = (path: string, content = 'a'): TreeEntry => ({ path, digest: digestOf(content), isExecutable: false })
const oneLine = /^input tree[^\n]+; [^\n]+$/

test('a tree is made of Directory messages, down from the root', (t) => {
  const tree = MerkleTree.of([
    file('home/a.c'),
    { path: 'home/l', target: 'a.c' },
    { path: 'empty', isDirectory: true },
  ])
  const blobs = new Map(tree.blobs().map((blob) => [blob.digest, blob.content]))
  const root = decodeDirectory(blobs.get(tree.digest)!)
  t.deepEqual(
    root.directories.map(({ name }) => name),
    ['empty', 'home'],
  )
  t.deepEqual(decodeDirectory(blobs.get(root.directories[1]!.digest)!), {
    files: [{ name: 'a.c', digest, isExecutable: false }],
    directories: [],
    symlinks: [{ name: 'l', target: 'a.c' }],
  })
  t.is(blobs.size, 3)
  t.is(MerkleTree.empty.digest, digestOf(''))
})

test('a tree depends on what is in it, and not on how it was made', (t) => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
  const change = fc.record({ path, content: fc.constantFrom('x', 'y', null) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), fc.nat(20), (changes, at) => {
      let tree = MerkleTree.empty
      const files = new Map<string, string>()
      for (const { path: one, content } of changes) {
        if ([...files.keys()].some((other) => one.startsWith(`${other}/`))) continue
        for (const other of files.keys()) if (other.startsWith(`${one}/`)) files.delete(other)
        tree = content === null ? tree.without([one]) : tree.with([file(one, content)])
        if (content === null) files.delete(one)
        else files.set(one, content)
        if (files.size === at) tree.digest
      }
      const entries = [...files].map(([one, content]) => file(one, content))
      for (const entry of entries)
        t.is((tree.get(entry.path) as { digest: string }).digest, (entry as { digest: string }).digest)
      t.is(tree.files, entries.length)
      const directories: TreeEntry[] = directoriesOf(tree).map((one) => ({ path: one, isDirectory: true }))
      t.is(MerkleTree.of([...entries.toReversed(), ...directories]).digest, tree.digest)
    }),
    { numRuns: 300 },
  )
})

function directoriesOf(tree: MerkleTree): string[] {
  const found: string[] = []
  const walk = (path: string) => {
    for (const name of tree.list(path)) {
      const below = path === '' ? name : `${path}/${name}`
      if (tree.get(below)?.kind !== 'directory') continue
      found.push(below)
      walk(below)
    }
  }
  walk('')
  return found
}

test('a change copies only the directories above it', (t) => {
  const before = MerkleTree.of([file('a/b/one'), file('a/c/two'), file('d/three')])
  const after = before.with([file('a/b/one', 'new')])
  t.is(after.get('a/c'), before.get('a/c'))
  t.is(after.get('d'), before.get('d'))
  t.not(after.get('a/b'), before.get('a/b'))
  t.is(before.with([file('a/b/one'), { path: 'a/c', isDirectory: true }]), before)
  t.is(before.without(['none', 'a/b/one/x', 'x/y']), before)
  t.deepEqual(before.without(['a/b', 'd/three']).list(''), ['a', 'd'])
  t.deepEqual(before.without(['a/b']).list('a'), ['c'])
})

test('messages that are stored are not told again', (t) => {
  const before = MerkleTree.of([file('a/b/one'), file('a/c/two'), file('d/three')])
  t.is(before.blobs().length, 5)
  before.noteStored()
  t.deepEqual(before.blobs(), [])
  const after = before.with([file('a/b/one', 'new')])
  t.deepEqual(
    after.blobs().map((blob) => blob.digest),
    ['a/b', 'a', ''].map((path) => (after.get(path) as TreeDirectory).digest),
  )
  before.noteLost()
  t.is(before.blobs().length, 5)
})

test('later entries win, also a file over a directory', (t) => {
  const tree = MerkleTree.of([file('a/b'), file('a', 'x'), file('c'), { path: 'c', target: 'd' }])
  t.is(tree.get('a')?.kind, 'file')
  t.is(tree.get('c')?.kind, 'symlink')
  t.is(
    MerkleTree.of([file('a/b'), file('a'), file('e')])
      .without(['a'])
      .with([file('a/b')])
      .get('a/b')?.kind,
    'file',
  )
})

test('paths that can not be are refused, and files below files and links', (t) => {
  const deep = Array(257).fill('d').join('/')
  for (const path of ['', '/a', 'a/', 'a//b', 'a/../b', '.', 'a\0', 'x'.repeat(256), deep, '\ud800'])
    t.throws(() => MerkleTree.of([file(path)]), { instanceOf: InputTreeError, message: oneLine }, path)
  for (const above of [file('a'), { path: 'a', target: '/etc' }]) {
    t.throws(() => MerkleTree.of([above, file('a/b')]), { instanceOf: InputTreeError, message: oneLine })
    t.throws(() => MerkleTree.of([above, { path: 'a', isDirectory: true }]), { instanceOf: InputTreeError })
  }
})

function stored(tree: MerkleTree): MemoryBlobStore {
  const blobs = new MemoryBlobStore()
  for (const { digest: one, content } of tree.blobs()) blobs.put(one, content)
  return blobs
}

test('a stored tree can be read; of a changed one, only what differs is read', async (t) => {
  const before = MerkleTree.of([file('a/b/one'), file('a/c/two'), { path: 'd/l', target: 'x' }])
  const blobs = stored(before)
  const asked: string[] = []
  const get = blobs.get.bind(blobs)
  blobs.get = (one) => {
    asked.push(one)
    return get(one)
  }
  const reader = new TreeReader(blobs)
  const read = await reader.read(before.digest)
  if (read.kind !== 'read') return t.fail()
  t.is(read.tree.digest, before.digest)
  t.is(read.tree.files, 2)
  t.deepEqual(read.tree.blobs(), [])
  t.is(asked.length, 5)
  const after = before.with([file('a/b/one', 'new')])
  for (const { digest: one, content } of after.blobs()) blobs.put(one, content)
  asked.length = 0
  const again = await reader.read(after.digest)
  t.is(again.kind === 'read' ? again.tree.digest : '', after.digest)
  t.is(asked.length, 3)
  t.is((await readTree(MerkleTree.empty.digest, stored(MerkleTree.empty))).kind, 'read')
})

test('messages that are missing are named', async (t) => {
  const tree = MerkleTree.of([file('a/b/one'), file('c/two', 'x'), file('d/three', 'y')])
  const blobs = stored(tree)
  const lost = ['a/b', 'd'].map((path) => ({ path, digest: (tree.get(path) as TreeDirectory).digest }))
  await blobs.remove(lost.map((one) => one.digest))
  const read = await readTree(tree.digest, blobs)
  t.is(read.kind, 'missing')
  if (read.kind === 'missing')
    t.deepEqual(
      read.directories.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      lost,
    )
  t.like(await readTree(digest, blobs), { kind: 'missing', directories: [{ path: '', digest }] })
})

test('hostile trees are refused: damaged, too deep, or small messages that name each other many times over', async (t) => {
  const blobs = new MemoryBlobStore()
  const put = (content: Uint8Array) => {
    const one = digestOf(content)
    blobs.put(one, content)
    return one
  }
  const directory = (names: readonly string[], below: string) =>
    put(encodeDirectory({ files: [], symlinks: [], directories: names.map((name) => ({ name, digest: below })) }))
  await t.throwsAsync(readTree(put(Buffer.from('hello')), blobs), { instanceOf: ReapiError })
  let bomb = put(
    encodeDirectory({ files: [{ name: 'f', digest, isExecutable: false }], directories: [], symlinks: [] }),
  )
  for (let i = 0; i < 40; i++) bomb = directory(['a', 'b'], bomb)
  await t.throwsAsync(readTree(bomb, blobs), { instanceOf: InputTreeError, message: oneLine })
  // In two parts, of which the reader knows the first one when it reads the second.
  const reader = new TreeReader(blobs)
  let deep = put(encodeDirectory({ files: [], directories: [], symlinks: [] }))
  for (let i = 0; i < 200; i++) deep = directory(['a'], deep)
  t.is((await reader.read(deep)).kind, 'read')
  for (let i = 0; i < 100; i++) deep = directory(['a'], deep)
  await t.throwsAsync(reader.read(deep), { instanceOf: InputTreeError, message: oneLine })
  await t.throwsAsync(readTree(deep, blobs), { instanceOf: InputTreeError, message: oneLine })
})
