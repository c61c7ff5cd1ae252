import { RedisBlobStore } from '../../../infra/blob-store/redis-blob-store.ts'
import { blobStoreConformance } from '../../conformance/blob-store.ts'
import { connectedRedis } from '../redis/connected-redis.ts'

blobStoreConformance(
  'Redis',
  async (t) => {
    const { connection } = await connectedRedis(t)
    const clock = { nowMs: Date.now() }
    return { open: () => new RedisBlobStore({ connection, now: () => clock.nowMs }), clock }
  },
  { keepsLimits: false },
)
