import { RedisActionCache } from '../../../infra/action-cache/redis-action-cache.ts'
import { actionCacheConformance } from '../../conformance/action-cache.ts'
import { connectedRedis } from '../redis/connected-redis.ts'

actionCacheConformance('Redis', async (t) => {
  const { connection } = await connectedRedis(t)
  const clock = { nowMs: Date.now() }
  return { open: () => new RedisActionCache({ connection, now: () => clock.nowMs }), clock }
})
