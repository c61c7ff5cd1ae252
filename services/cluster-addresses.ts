/** Where a cluster's servers are. */
export interface ClusterAddresses {
  /** `nats://host:port`, several of one cluster separated by commas. */
  readonly nats: string
  /** `redis://host:port`. */
  readonly redis: string
  /** Subjects and streams begin with it; two clusters on one server have two. */
  readonly prefix: string
}

/** From flags, else from MILLRACE_NATS_URL, MILLRACE_REDIS_URL and MILLRACE_PREFIX, else on this host. */
export function clusterAddresses(
  flags: { readonly nats?: string; readonly redis?: string },
  env: Readonly<Record<string, string | undefined>>,
): ClusterAddresses {
  return {
    nats: flags.nats ?? env.MILLRACE_NATS_URL ?? 'nats://127.0.0.1:4222',
    redis: flags.redis ?? env.MILLRACE_REDIS_URL ?? 'redis://127.0.0.1:6379',
    prefix: env.MILLRACE_PREFIX ?? 'millrace',
  }
}
