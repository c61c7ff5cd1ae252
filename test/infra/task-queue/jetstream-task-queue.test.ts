import test from 'ava'
import { taskQueueConformance } from '../../conformance/task-queue.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { queueRig } from './jetstream-rig.ts'

let server: NatsServer
let tests = 0
test.before(async () => {
  server = await NatsServer.started()
})
test.after.always(() => server.remove())

taskQueueConformance('JetStream', async (t) => (await queueRig(t, server, `test-${++tests}`)).queue(), false)
