import { writeSync } from 'node:fs'
import { digestOf } from '../../../events/digest.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { blobOf } from './sample-blobs.ts'

/*
 * A process that is meant to be killed: `steady-keeper.ts <directory>`. Keeps blobs of all sizes without end, and prints how
 * many were kept for good.
 */
const store = openDiskBlobStore({ directory: process.argv[2]! })
for (let i = 1; ; i++) {
  const content = blobOf(i % 50 === 0 ? 1_200_000 : (i * 997) % 60_000, `${i}`)
  await store.put(digestOf(content), content)
  if (i % 20 !== 0) continue
  await store.flush()
  writeSync(1, `${i}\n`)
}
