import test from 'ava'
import { MemoryTaskQueue } from '../../../infra/task-queue/memory-task-queue.ts'
import { order, taskQueueConformance } from '../../conformance/task-queue.ts'

taskQueueConformance('memory', () => new MemoryTaskQueue(), true)

test('an order that was put in line twice is aborted twice', async (t) => {
  const queue = new MemoryTaskQueue()
  let aborted = 0
  queue.consume(2, (_, signal) => {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        aborted++
        resolve()
      })
    })
  })
  const twice = order('a', 1)
  queue.publish(twice)
  queue.publish(twice)
  queue.stop('a')
  await queue.close()
  t.is(aborted, 2)
})
