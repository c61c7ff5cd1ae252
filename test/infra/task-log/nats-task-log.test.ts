import test, { type ExecutionContext } from 'ava'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { NatsTaskLog } from '../../../infra/task-log/nats-task-log.ts'
import { taskLogConformance, testedLimits } from '../../conformance/task-log.ts'
import { NatsServer } from '../../rig/nats-server.ts'
import { until } from '../../rig/until.ts'

let server: NatsServer
let rigs = 0
test.before(async () => {
  server = await NatsServer.started()
})
test.after.always(() => server.remove())

async function open(t: ExecutionContext, prefix: string, to = server) {
  const connection = await connectNats({ servers: to.url, name: t.title })
  t.teardown(() => connection.close())
  return { connection, log: new NatsTaskLog({ connection, prefix, limits: testedLimits }) }
}

taskLogConformance('NATS', async (t) => {
  const prefix = `test-${++rigs}`
  return { worker: (await open(t, prefix)).log, viewer: (await open(t, prefix)).log }
})

test('nothing is sent of a build that nobody follows', async (t) => {
  const worker = await open(t, 'quiet')
  const viewer = await open(t, 'quiet')
  let isHeard = false
  const stop = viewer.log.follow('a', () => {
    isHeard = true
  })
  await until('the other build is heard', () => {
    worker.log.send('a', 'x', Buffer.from('!'))
    return isHeard
  })
  await worker.connection.flush()
  const before = worker.connection.stats().outMsgs
  worker.log.send('b', 'x', Buffer.from('!'))
  t.is(worker.connection.stats().outMsgs, before)
  worker.log.send('a', 'y', Buffer.from('!'))
  t.is(worker.connection.stats().outMsgs, before + 1)
  stop()
  worker.log.close()
})

test('a task with an id too long for a subject is left out, and the connection goes on', async (t) => {
  const { log, connection } = await open(t, 'long')
  const heard = new Set<string>()
  const stop = log.follow('a', (taskId) => heard.add(taskId))
  await until('another is heard', () => {
    log.send('a', 'x'.repeat(5_000), Buffer.from('!'))
    log.send('a', 'short', Buffer.from('!'))
    return heard.size > 0
  })
  t.deepEqual([[...heard], connection.isClosed()], [['short'], false])
  stop()
})

test('pieces come again after the server was away', async (t) => {
  const own = await NatsServer.started()
  t.teardown(() => own.remove())
  const [worker, viewer] = [await open(t, 'again', own), await open(t, 'again', own)]
  const heard = new Set<string>()
  const stop = viewer.log.follow('a', (taskId) => heard.add(taskId))
  const hears = (taskId: string) =>
    until(`${taskId} is heard`, () => {
      worker.log.send('a', taskId, Buffer.from('!'))
      return heard.has(taskId)
    })
  await hears('before')
  await own.signal('SIGKILL')
  worker.log.send('a', 'meanwhile', Buffer.from('!'))
  await own.start()
  await hears('after')
  t.true(heard.has('after'))
  stop()
})
