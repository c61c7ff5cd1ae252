import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig, type StreamInfo } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'

/** Subjects begin with it, stream names with its upper-case form; another one keeps two Millraces on one server apart. */
export const defaultPrefix = 'millrace'

/** What one stream is called and how it is kept. */
export type StreamDefinition = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>

/** Every stream of a Millrace. */
export interface Streams {
  /**
   * `<prefix>.builds.<buildId>.<n>`: commit n of a build, the truth. Once it is stored, its headers are published as a core
   * message on `<prefix>.stored.<buildId>.<n>`.
   */
  readonly builds: StreamDefinition
  /** `<prefix>.attachments.<hash>-<bytes>.<chunk>`. */
  readonly attachments: StreamDefinition
  /** `<prefix>.tasks.<pool>.<workerId>.<buildId>`: orders until they are acknowledged. */
  readonly tasks: StreamDefinition
  /** `<prefix>.results.<buildId>`: reports until the coordinator that absorbed them purges them. */
  readonly results: StreamDefinition
  /** The bucket {@link leaseBucket}; each change, once stored, is published on `<prefix>.leases.<key>` too. */
  readonly leases: StreamDefinition
  /** `<prefix>.probes.>`: what set-up and health checks write; gone after 10 minutes. Kept as commits are otherwise. */
  readonly probes: StreamDefinition
}

/** How long a message id is remembered, in ms; the server's default. */
const duplicateMs = 120_000
/** How long what a probe wrote stays, in ms. */
const probeMsMax = 600_000

/** Name of the key-value bucket of leases. */
export function leaseBucket(prefix: string = defaultPrefix): string {
  return `${prefix}-leases`
}

/**
 * The streams of a Millrace whose subjects begin with `prefix` (lower-case letters, digits and `-`), with so many copies
 * of each message.
 */
export function streams(prefix: string = defaultPrefix, replicas = 1): Streams {
  if (!/^[a-z][a-z0-9-]*$/.test(prefix)) throw new RangeError(`prefix ${prefix}: use lower-case letters, digits and -`)
  const kept = {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    num_replicas: replicas,
    duplicate_window: nanos(duplicateMs),
  }
  const named = (name: string, ...subjects: string[]) => ({
    name: `${prefix.toUpperCase()}_${name}`,
    subjects: subjects.map((subject) => `${prefix}.${subject}`),
    ...kept,
  })
  const announced = (src: string, dest: string, headersOnly = true) => ({
    republish: { src, dest: `${prefix}.${dest}`, ...(headersOnly ? { headers_only: true } : {}) },
  })
  const lasting = { deny_delete: true, allow_direct: true }
  const leaseSubject = `$KV.${leaseBucket(prefix)}.>`
  return {
    builds: { ...named('BUILDS', 'builds.*.*'), ...lasting, ...announced(`${prefix}.builds.>`, 'stored.>') },
    attachments: { ...named('ATTACHMENTS', 'attachments.*.*'), ...lasting },
    tasks: { ...named('TASKS', 'tasks.>'), retention: RetentionPolicy.Workqueue },
    results: named('RESULTS', 'results.*'),
    // What makes a stream a bucket. Source: NATS architecture decision record 8, JetStream based key-value stores.
    leases: {
      ...kept,
      name: `KV_${leaseBucket(prefix)}`,
      subjects: [leaseSubject],
      max_msgs_per_subject: 1,
      deny_delete: true,
      allow_rollup_hdrs: true,
      // Who asks who holds a lease asks the leader, never a copy that lags.
      allow_direct: false,
      ...announced(leaseSubject, 'leases.>', false),
    },
    probes: {
      ...named('PROBES', 'probes.>'),
      ...lasting,
      max_age: nanos(probeMsMax),
      ...announced(`${prefix}.probes.>`, 'probed.>'),
    },
  }
}

/** What is wrong with a stream as the server keeps it, in words; empty when it is as defined. */
export function differences(definition: StreamDefinition, { config }: StreamInfo): string[] {
  return Object.entries(definition).flatMap(([field, wanted]) => {
    const found: unknown = config[field as keyof StreamConfig]
    return sameSetting(wanted, found) ? [] : [`${field} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`]
  })
}

/** Servers leave out what is off. */
function sameSetting(wanted: unknown, found: unknown): boolean {
  if (typeof wanted === 'boolean') return wanted === (found ?? false)
  if (typeof wanted !== 'object') return wanted === (found ?? 0)
  return Object.entries(wanted as object).every(
    ([field, value]) => value === (found as Readonly<Record<string, unknown>> | undefined)?.[field],
  )
}
