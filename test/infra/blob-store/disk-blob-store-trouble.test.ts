import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { BlobStoreError } from '../../../infra/blob-store/blob-store.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { blobOf } from './sample-blobs.ts'

const oneLineWith = (text: string) => (message: string) => message.includes(text) && !message.includes('\n')

test('the directory is made for its owner only, and tagged as a cache', async (t) => {
  const directory = join(temporaryDirectory(t), 'a', 'b')
  const store = openDiskBlobStore({ directory })
  const content = blobOf(100_000)
  await store.put(digestOf(content), content)
  await store.close()
  t.is(statSync(directory).mode & 0o777, 0o700)
  t.is(statSync(join(directory, 'blobs')).mode & 0o777, 0o700)
  t.true(
    readFileSync(join(directory, 'CACHEDIR.TAG'), 'utf8').startsWith('Signature: 8a477f597d28d172789f06886806bc55\n'),
  )
})

test('opening looks at nothing but the index', async (t) => {
  const directory = temporaryDirectory(t)
  await openDiskBlobStore({ directory }).close()
  t.deepEqual(
    readdirSync(directory).filter((name) => !name.startsWith('blobs.sqlite')),
    ['CACHEDIR.TAG'],
  )
})

test('an index of another program or a newer version is refused, with its mend', async (t) => {
  const directory = temporaryDirectory(t)
  await openDiskBlobStore({ directory }).close()
  const change = (sql: string) => {
    const db = new DatabaseSync(join(directory, 'blobs.sqlite'))
    db.exec(sql)
    db.close()
  }
  change('PRAGMA user_version = 7')
  t.throws(() => openDiskBlobStore({ directory }), {
    instanceOf: BlobStoreError,
    message: oneLineWith('has format 7, this Millrace knows 1; update Millrace'),
  })
  change('PRAGMA application_id = 7')
  t.throws(() => openDiskBlobStore({ directory }), {
    instanceOf: BlobStoreError,
    message: oneLineWith('is a database of another program'),
  })
})

test('a directory that can not be made is refused, with its mend', (t) => {
  const file = join(temporaryDirectory(t), 'file')
  writeFileSync(file, '')
  t.throws(() => openDiskBlobStore({ directory: join(file, 'cache') }), {
    instanceOf: BlobStoreError,
    message: oneLineWith('blob store: the directory of '),
  })
})

test('a user who may not write the store is told so', async (t) => {
  const directory = join(temporaryDirectory(t), 'cache')
  await openDiskBlobStore({ directory }).close()
  chmodSync(join(directory, '..'), 0o755)
  for (const file of readdirSync(directory)) chmodSync(join(directory, file), 0o444)
  chmodSync(directory, 0o555)
  const asRoot = process.getuid!() === 0
  const { stdout } = runScript(`
    const { openDiskBlobStore } = await import('../../../infra/blob-store/disk-blob-store.ts')
    const { digestOf } = await import('../../../events/digest.ts')
    if (${asRoot}) { process.setgid(65534); process.setuid(65534) }
    try {
      const store = openDiskBlobStore({ directory: ${JSON.stringify(directory)} })
      store.put(digestOf('x'), Buffer.from('x'))
      store.flush()
    } catch (error) { process.stdout.write(error.name + ': ' + error.message) }`)
  chmodSync(directory, 0o700)
  t.regex(stdout, /^BlobStoreError: blob store: .*blobs\.sqlite can't be (written|opened); [^\n]*$/)
})

test('where there is no room left, the store says so in one line, and what it has can be read', (t) => {
  const directory = temporaryDirectory(t)
  // No file may grow beyond 300 blocks of 512 bytes (POSIX, sh: ulimit -f): neither the index nor a blob.
  const { stdout } = runScript(
    `
    const { openDiskBlobStore } = await import('../../../infra/blob-store/disk-blob-store.ts')
    const { digestOf } = await import('../../../events/digest.ts')
    const { blobOf } = await import('./sample-blobs.ts')
    const store = openDiskBlobStore({ directory: ${JSON.stringify(directory)} })
    const first = blobOf(1000)
    store.put(digestOf(first), first)
    store.flush()
    const failed = []
    for (const bytes of [200_000, 2_000_000, 30_000]) {
      try {
        for (let i = 0; i < 100; i++) {
          const content = blobOf(bytes, String(i))
          await store.put(digestOf(content), content)
        }
        await store.flush()
      } catch (error) { failed.push(error.name + ': ' + error.message) }
    }
    const isThere = store.get(digestOf(first)) !== null
    process.stdout.write(JSON.stringify({ failed, isThere }))`,
    'ulimit -f 300; ',
  )
  const { failed, isThere } = JSON.parse(stdout) as { failed: string[]; isThere: boolean }
  t.true(isThere)
  t.is(failed.length, 3)
  for (const message of failed) t.regex(message, /^BlobStoreError: blob store: [^\n]+; [^\n]+$/)
  t.deepEqual(readdirSync(join(directory, 'tmp')), [])
})

test('a program that runs may be replaced', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openDiskBlobStore({ directory: join(directory, 'cache') })
  const path = join(directory, 'program')
  for (const size of [1000, 100_000, 2_000_000]) {
    copyFileSync('/bin/sleep', path)
    const running = spawn(path, ['60'], { stdio: 'ignore' })
    t.teardown(() => running.kill('SIGKILL'))
    await once(running, 'spawn')
    const content = blobOf(size)
    await store.put(digestOf(content), content)
    t.true(await store.copyTo(digestOf(content), path, { isExecutable: true }))
    t.is(Buffer.compare(readFileSync(path), content), 0)
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  await store.close()
})

test('a copy that can not be made is an error that names its path, and leaves nothing', async (t) => {
  const directory = temporaryDirectory(t)
  const store = openDiskBlobStore({ directory: join(directory, 'cache') })
  const path = join(directory, 'out', 'in the way')
  mkdirSync(path, { recursive: true })
  for (const size of [1000, 100_000, 2_000_000]) {
    const content = blobOf(size)
    await store.put(digestOf(content), content)
    await t.throwsAsync(async () => store.copyTo(digestOf(content), path, { isExecutable: false }), {
      instanceOf: BlobStoreError,
      message: oneLineWith(path),
    })
    t.deepEqual(readdirSync(join(directory, 'out')), ['in the way'])
  }
  await store.close()
})

function runScript(code: string, before = ''): { readonly stdout: string } {
  return spawnSync('/bin/sh', ['-c', `${before}exec "$0" --input-type=module --eval "$1"`, process.execPath, code], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
}
