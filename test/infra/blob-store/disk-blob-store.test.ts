import { join } from 'node:path'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { blobStoreConformance } from '../../conformance/blob-store.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

blobStoreConformance('disk', (t) => {
  const directory = join(temporaryDirectory(t), 'cache')
  const clock = { nowMs: 1_700_000_000_000 }
  const onTrouble = (line: string) => t.fail(line)
  return { open: () => openDiskBlobStore({ directory, now: () => clock.nowMs, onTrouble }), clock }
})
