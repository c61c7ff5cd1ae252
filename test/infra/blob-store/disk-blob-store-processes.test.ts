import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { blobOf, contendedBlobs } from './sample-blobs.ts'

const script = (name: string) => join(import.meta.dirname, name)

test('many processes keep, read, remove and compress the same blobs at once, and none reads another content', async (t) => {
  const directory = temporaryDirectory(t)
  const contenders = Array.from({ length: 5 }, () => fork(script('blob-contender.ts'), [directory, '4']))
  t.teardown(() => contenders.map((child) => child.kill('SIGKILL')))
  await Promise.all(contenders.map((child) => once(child, 'message')))
  const reports = contenders.map((child) => Promise.race([once(child, 'message'), once(child, 'exit')]))
  const ends = contenders.map((child) => once(child, 'exit'))
  for (const child of contenders) child.send('go')
  t.deepEqual(
    (await Promise.all(reports)).map(([troubles]) => troubles as unknown),
    contenders.map(() => []),
  )
  await Promise.all(ends)
  const store = openDiskBlobStore({ directory, onTrouble: (line) => t.fail(line) })
  t.deepEqual((await store.verify()).damaged, [])
  const digests = contendedBlobs().map(digestOf)
  const kept = digests.length - (await store.missing(digests)).length
  const usage = await store.usage()
  t.is(usage.blobs, kept)
  t.true(kept > 0)
  t.deepEqual(readdirSync(join(directory, 'tmp')), [])
  await store.close()
})

test('what a process kept before it was killed is whole or absent, and nothing of its work stays behind', async (t) => {
  for (const killAfter of [20, 100, 400]) {
    const directory = temporaryDirectory(t)
    const child = spawn(process.execPath, [script('steady-keeper.ts'), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let stored = 0
    for await (const line of createInterface(child.stdout)) {
      stored = Number(line)
      if (stored === killAfter) child.kill('SIGKILL')
    }
    const store = openDiskBlobStore({ directory, onTrouble: (line) => t.fail(line) })
    for (let i = 1; i <= stored + 40; i++) {
      const content = blobOf(i % 50 === 0 ? 1_200_000 : (i * 997) % 60_000, `${i}`)
      const got = await store.get(digestOf(content))
      if (got === null) t.true(i > stored, `${i} of ${stored}`)
      else t.is(Buffer.compare(got, content), 0)
    }
    await store.collect(Date.now())
    t.deepEqual((await store.verify()).damaged, [])
    t.deepEqual(existsSync(join(directory, 'tmp')) ? readdirSync(join(directory, 'tmp')) : [], [])
    await store.close()
  }
})
