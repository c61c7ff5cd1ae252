import type { RedisConnection } from './redis-connection.ts'

export interface RedisMemory {
  readonly usedBytes: number
  /** 0: no limit. */
  readonly bytesMax: number
  /** What the server does at its limit, such as `volatile-ttl`. */
  readonly policy: string
}

/** Rejects with `RedisError`. Source: https://redis.io/docs/latest/commands/info/, section memory. */
export async function memoryOf(connection: RedisConnection): Promise<RedisMemory> {
  const info = await connection.ask((redis) => redis.info('memory'))
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  return {
    usedBytes: Number(field('used_memory')),
    bytesMax: Number(field('maxmemory')),
    policy: field('maxmemory_policy'),
  }
}

/** What should be changed about the server's settings, one line; undefined when they are right. */
export function memoryAdvice({ bytesMax, policy }: RedisMemory): string | undefined {
  if (bytesMax === 0) return 'Redis has no limit of memory; set maxmemory, and maxmemory-policy volatile-ttl'
  if (policy === 'noeviction') return 'Redis refuses writes when it is full; set maxmemory-policy volatile-ttl'
  if (policy !== 'volatile-ttl')
    return `Redis evicts by ${policy}, which takes blobs of live builds too; set maxmemory-policy volatile-ttl`
  return undefined
}
