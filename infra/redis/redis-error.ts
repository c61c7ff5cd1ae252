import { ReplyError } from 'ioredis'

/** Redis can't be reached, or refuses what is asked of it. The message is one line and says how to mend it. */
export class RedisError extends Error {
  override readonly name = 'RedisError'
}

/** The server did not answer within the deadline. */
export class RedisDeadlineError extends Error {
  override readonly name = 'RedisDeadlineError'
}

/** The code of an error that the server replied, such as `OOM`; undefined for any other error. Source: RESP, simple errors. */
export function replyCode(error: unknown): string | undefined {
  return error instanceof ReplyError ? (error as Error).message.split(' ', 1)[0] : undefined
}

const replyTroubles: Readonly<Record<string, string>> = {
  OOM: 'has no memory left and may not evict; raise maxmemory, or set maxmemory-policy volatile-ttl',
  READONLY: 'is a read-only replica; name the primary in the URL',
  LOADING: 'is still loading its data; wait until it is ready and run again',
  MASTERDOWN: 'is a replica that lost its primary; name the primary in the URL',
  MISCONF: 'takes no writes because it could not save to its disk; free space there, or turn saving off (save "")',
  NOREPLICAS: 'takes no writes because it lacks replicas; start them, or lower min-replicas-to-write',
  BUSY: "runs somebody's script that does not end; stop that with SCRIPT KILL",
  NOAUTH: 'wants a password; write redis://user:password@host:6379',
  WRONGPASS: 'refuses this user or password; set them in the URL',
  NOPERM: 'does not let this user do that; allow it ~millrace:* and +@all -@dangerous +info',
  MOVED: 'is a node of a Redis Cluster; name a single server in the URL',
  CROSSSLOT: 'is a node of a Redis Cluster; name a single server in the URL',
}

/** What went wrong and how to mend it, in one line, judged by class or code. */
export function redisTrouble(error: unknown): string {
  const reply = replyCode(error)
  if (reply !== undefined) return replyTroubles[reply] ?? `refuses a command (${reply}); check its version and settings`
  if (error instanceof RedisDeadlineError) return 'does not answer in time; check its load and the network'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host; check the URL'
  return `can't be reached${typeof code === 'string' ? ` (${code})` : ''}; start it (redis-server), or name another one with MILLRACE_REDIS_URL`
}
