import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openFileSnapshotStore } from '../../../infra/snapshot-store/file-snapshot-store.ts'
import { snapshotStoreConformance } from '../../conformance/snapshot-store.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

snapshotStoreConformance('file', (t) => {
  const directory = join(temporaryDirectory(t), 'snapshots')
  return () => openFileSnapshotStore(directory)
})

test('a file that was cut anywhere is not there', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openFileSnapshotStore(directory)
  await store.save('results', Buffer.from('the content of a snapshot'))
  const path = join(directory, 'results.snapshot')
  const file = readFileSync(path)
  for (let length = 0; length < file.byteLength; length++) {
    writeFileSync(path, file.subarray(0, length))
    t.is(await store.load('results'), null)
  }
})

test('a file with any bit changed, or with bytes behind its end, is not there', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openFileSnapshotStore(directory)
  await store.save('results', Buffer.from('the content of a snapshot'))
  const path = join(directory, 'results.snapshot')
  const file = readFileSync(path)
  for (let bit = 0; bit < file.byteLength * 8; bit++) {
    const changed = Buffer.from(file)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    writeFileSync(path, changed)
    t.is(await store.load('results'), null)
  }
  writeFileSync(path, Buffer.concat([file, Buffer.from('x')]))
  t.is(await store.load('results'), null)
})

test('a snapshot that was lost as zeros is not there', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openFileSnapshotStore(directory)
  await store.save('results', Buffer.alloc(1000, 'content'))
  const path = join(directory, 'results.snapshot')
  writeFileSync(path, Buffer.alloc(readFileSync(path).byteLength))
  t.is(await store.load('results'), null)
})

test('saving leaves no other file behind', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openFileSnapshotStore(directory)
  await store.save('results', Buffer.from('one'))
  await store.save('results', Buffer.from('two'))
  t.deepEqual(readdirSync(directory), ['results.snapshot'])
})

test('a snapshot that can not be stored is dropped, and nothing is left of it', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openFileSnapshotStore(directory)
  mkdirSync(join(directory, 'results.snapshot'))
  await t.notThrowsAsync(store.save('results', Buffer.from('content')))
  t.deepEqual(readdirSync(directory), ['results.snapshot'])
  t.is(await store.load('results'), null)
  rmSync(directory, { recursive: true })
  writeFileSync(directory, 'a file in the place of the directory')
  await t.notThrowsAsync(store.save('results', Buffer.from('content')))
  t.is(await store.load('results'), null)
})
