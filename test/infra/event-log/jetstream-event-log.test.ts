import test from 'ava'
import { openJetStreamEventLog } from '../../../infra/event-log/jetstream-event-log.ts'
import { eventLogConformance } from '../../conformance/event-log.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { connected, scratchStreams } from '../nats/scratch-streams.ts'

const server = await NatsServer.started()
test.after.always(() => server.remove())

eventLogConformance('JetStream', async (t) => {
  const prefix = await scratchStreams(await connected(t, server))
  return { open: async () => openJetStreamEventLog({ connection: await connected(t, server), prefix }) }
})
