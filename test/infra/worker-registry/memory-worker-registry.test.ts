import { MemoryWorkerRegistry } from '../../../infra/worker-registry/memory-worker-registry.ts'
import { workerRegistryConformance } from '../../conformance/worker-registry.ts'

workerRegistryConformance('memory', () => {
  const registry = new MemoryWorkerRegistry()
  return { open: async () => registry }
})
