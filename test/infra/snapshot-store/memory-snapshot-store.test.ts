import { MemorySnapshotStore } from '../../../infra/snapshot-store/memory-snapshot-store.ts'
import { snapshotStoreConformance } from '../../conformance/snapshot-store.ts'

snapshotStoreConformance('memory', () => {
  const store = new MemorySnapshotStore()
  return () => store
})
