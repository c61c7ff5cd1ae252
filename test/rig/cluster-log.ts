import type { BuildEvent } from '../../events/build-events.ts'
import { decodeCommit } from '../../events/codec.ts'
import { openJetStreamEventLog } from '../../infra/event-log/jetstream-event-log.ts'
import { connectNats } from '../../infra/nats/nats-connection.ts'
import type { Cluster } from './cluster.ts'

export interface LoggedBuild {
  readonly buildId: string
  readonly events: readonly BuildEvent[]
  readonly epochs: readonly number[]
}

/** The newest build of a cluster, read from its log as any process can; nothing yet for a log without any. */
export async function newestBuild(cluster: Cluster): Promise<LoggedBuild> {
  const connection = await connectNats({ servers: cluster.nats.url, name: 'test' })
  try {
    const log = await openJetStreamEventLog({ connection })
    for await (const { buildId } of log.builds()) {
      const events: BuildEvent[] = []
      const epochs: number[] = []
      for await (const stored of log.read(buildId)) {
        const commit = decodeCommit(stored)
        events.push(...commit.events)
        epochs.push(commit.epoch)
      }
      return { buildId, events, epochs }
    }
    return { buildId: '', events: [], epochs: [] }
  } finally {
    await connection.close()
  }
}
