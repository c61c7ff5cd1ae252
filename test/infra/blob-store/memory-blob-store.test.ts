import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { blobStoreConformance } from '../../conformance/blob-store.ts'

blobStoreConformance('memory', () => {
  const clock = { nowMs: 1_700_000_000_000 }
  const store = new MemoryBlobStore(() => clock.nowMs)
  return { open: () => store, clock }
})
