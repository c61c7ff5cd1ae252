import { MemoryActionCache } from '../../../infra/action-cache/memory-action-cache.ts'
import { actionCacheConformance } from '../../conformance/action-cache.ts'

actionCacheConformance('memory', () => {
  const clock = { nowMs: 1_700_000_000_000 }
  const cache = new MemoryActionCache(() => clock.nowMs)
  return { open: () => cache, clock }
})
