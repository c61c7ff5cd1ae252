import test, { type ExecutionContext } from 'ava'
import type { TaskOrder } from '../../events/task-order.ts'
import type { AttemptFailed, TaskReport } from '../../events/task-report.ts'
import type { TaskConsumer, TaskQueue } from '../../infra/task-queue/task-queue.ts'
import { until } from '../rig/until.ts'

export function order(buildId: string, task: number, attempt = 1): TaskOrder {
  return { buildId, task, attempt, command: { argv: ['true'] }, directory: '/work', outputs: [], dispatchedAt: 0 }
}

export function started(buildId: string, task: number): TaskReport {
  return { type: 'attempt-started', buildId, task, attempt: 1, worker: 'w', at: 1 }
}

export function failed(buildId: string, task: number): AttemptFailed {
  return {
    ...started(buildId, task),
    type: 'attempt-failed',
    phases: { queueMs: 0, fetchMs: 0, runMs: 0, storeMs: 0 },
    output: new Uint8Array(),
    outputBytesDropped: 0,
    failure: { kind: 'user', exitCode: 1, message: 'exit code 1' },
  }
}

/** A worker whose orders end when the test says so. */
class HandWorker {
  /** Orders in the order taken, `a.3` for task 3 of build a. */
  readonly taken: string[] = []
  /** Those of them that were aborted. */
  readonly aborted: string[] = []
  readonly consumer: TaskConsumer
  readonly #underWay = new Map<string, () => void>()

  /** @param endsWhenAborted as workers do, once all is killed */
  constructor(queue: TaskQueue, slots: number, endsWhenAborted = true) {
    this.consumer = queue.consume(slots, (taken, signal) => {
      const name = `${taken.buildId}.${taken.task}`
      this.taken.push(name)
      return new Promise((resolve) => {
        this.#underWay.set(name, resolve)
        signal.addEventListener('abort', () => {
          this.aborted.push(name)
          if (endsWhenAborted) this.end(name)
        })
      })
    })
  }

  get underWay(): readonly string[] {
    return [...this.#underWay.keys()]
  }

  end(...names: readonly string[]): void {
    for (const name of names) {
      this.#underWay.get(name)!()
      this.#underWay.delete(name)
    }
  }

  endAll(): void {
    this.end(...this.#underWay.keys())
  }
}

/**
 * Passes a later order of another build through the queue: what was to be taken before it has then been taken. The
 * queue's consumers must have a free slot.
 */
async function passThrough(queue: TaskQueue, ...workers: readonly HandWorker[]): Promise<void> {
  await queue.publish(order('mark', 0))
  await until('the mark is taken', () => workers.some(({ taken }) => taken.includes('mark.0')))
  for (const worker of workers) {
    if (worker.underWay.includes('mark.0')) worker.end('mark.0')
    if (worker.taken.includes('mark.0')) worker.taken.splice(worker.taken.indexOf('mark.0'), 1)
  }
}

/** Runs what every task queue guarantees; `isHolding`: one that holds orders back after a failed attempt. */
export function taskQueueConformance(
  adapter: string,
  open: (t: ExecutionContext) => TaskQueue | Promise<TaskQueue>,
  isHolding: boolean,
): void {
  const on = (title: string, run: (t: ExecutionContext, queue: TaskQueue) => Promise<void>) =>
    test(`${adapter}: ${title}`, async (t) => {
      const queue = await open(t)
      await run(t, queue)
      await queue.close()
    })

  on('orders are taken in the order published, before a worker is there and after', async (t, queue) => {
    for (const task of [1, 2, 3]) await queue.publish(order('a', task))
    const worker = new HandWorker(queue, 4)
    await queue.publish(order('b', 4))
    await until('all are taken', () => worker.taken.length === 4)
    t.deepEqual(worker.taken, ['a.1', 'a.2', 'a.3', 'b.4'])
  })

  on('an order comes to its worker as it was published', async (t, queue) => {
    const sent: TaskOrder = {
      ...order('a', 1, 2),
      command: { shell: 'cc -c "ü.c"' },
      env: { LANG: 'C' },
      rspfile: { path: 'r', content: 'x\n' },
    }
    const got: TaskOrder[] = []
    queue.consume(1, async (taken) => {
      got.push(taken)
    })
    await queue.publish(sent)
    await until('it is taken', () => got.length > 0)
    t.deepEqual(got, [sent])
  })

  on('a worker has never more orders than slots, and gets the next when one ends', async (t, queue) => {
    const worker = new HandWorker(queue, 2)
    for (let task = 1; task <= 4; task++) await queue.publish(order('a', task))
    await until('both slots are taken', () => worker.underWay.length === 2)
    t.deepEqual(worker.taken, ['a.1', 'a.2'])
    worker.end('a.2')
    await until('the next is taken', () => worker.taken.length > 2)
    t.deepEqual(worker.underWay, ['a.1', 'a.3'])
    worker.end('a.1', 'a.3')
    await until('the last is taken', () => worker.taken.length === 4)
    t.deepEqual(worker.underWay, ['a.4'])
  })

  on('two workers share the orders, each taken once', async (t, queue) => {
    const workers = [new HandWorker(queue, 1), new HandWorker(queue, 2)] as const
    for (let task = 1; task <= 5; task++) await queue.publish(order('a', task))
    await until('all slots are taken', () => workers.every((worker, i) => worker.underWay.length === i + 1))
    await until('all are taken', () => {
      for (const worker of workers) worker.endAll()
      return workers[0].taken.length + workers[1].taken.length === 5
    })
    t.deepEqual([...workers[0].taken, ...workers[1].taken].sort(), ['a.1', 'a.2', 'a.3', 'a.4', 'a.5'])
  })

  on('reports reach their build alone, in the order sent, until it listens no more', async (t, queue) => {
    const got: Record<string, TaskReport[]> = { a: [], b: [] }
    const [stopA] = ['a', 'b'].map((buildId) => queue.onReport(buildId, (report) => got[buildId]!.push(report)))
    const sent = [started('a', 1), started('b', 1), started('a', 2), started('c', 1), failed('a', 1)]
    for (const report of sent) await queue.report(report)
    await until('all have come', () => got.a!.length === 3 && got.b!.length === 1)
    t.deepEqual(got, { a: [sent[0], sent[2], sent[4]], b: [sent[1]] } as typeof got)
    stopA!()
    await queue.report(started('a', 3))
    await queue.report(started('b', 2))
    await until('the one of the other build has come', () => got.b!.length === 2)
    t.is(got.a!.length, 3)
  })

  on('who listens no more does not end the listening of the one who came after', async (t, queue) => {
    const got: TaskReport[] = []
    const stop = queue.onReport('a', () => t.fail('the first listens no more'))
    queue.onReport('a', (report) => got.push(report))
    stop()
    await queue.report(started('a', 1))
    await until('it has come', () => got.length === 1)
    t.pass()
  })

  on('what a command printed comes as it was printed', async (t, queue) => {
    const got: TaskReport[] = []
    queue.onReport('a', (report) => got.push(report))
    const sent = ['', 'ü\n', '\0]\n['].map((text, i) => ({ ...failed('a', i), output: Buffer.from(text) }))
    await Promise.all(sent.map((report) => queue.report(report)))
    await until('all have come', () => got.length === sent.length)
    t.deepEqual(
      got.map((report) => 'output' in report && Buffer.from(report.output)),
      sent.map(({ output }) => output),
    )
  })

  on('reports that were absorbed before more come leave those alone', async (t, queue) => {
    const got: number[] = []
    queue.onReport('a', ({ task }) => {
      got.push(task)
      queue.absorbed('a')
    })
    for (const task of [1, 2, 3]) await queue.report(started('a', task))
    await until('all have come', () => got.length === 3)
    t.deepEqual(got, [1, 2, 3])
  })

  on(
    'withdraw drops the orders of its build that nobody has taken, and leaves the others running',
    async (t, queue) => {
      const worker = new HandWorker(queue, 1)
      for (const buildId of ['a', 'b', 'a']) await queue.publish(order(buildId, worker.taken.length + 1))
      await until('the first is taken', () => worker.taken.length === 1)
      await queue.withdraw('a')
      t.deepEqual(worker.aborted, [])
      worker.endAll()
      await until('the one of the other build is taken', () => worker.taken.length === 2)
      worker.endAll()
      await passThrough(queue, worker)
      t.deepEqual([worker.taken.map((name) => name[0]), worker.aborted], [['a', 'b'], []])
    },
  )

  on('orders that are published after a withdrawal are taken', async (t, queue) => {
    await queue.publish(order('a', 1))
    await queue.withdraw('a')
    await queue.publish(order('a', 2))
    const worker = new HandWorker(queue, 1)
    await until('it is taken', () => worker.taken.length > 0)
    t.deepEqual(worker.taken, ['a.2'])
  })

  on('stop drops what is in line, aborts what is under way, and leaves other builds alone', async (t, queue) => {
    const workers = [new HandWorker(queue, 2), new HandWorker(queue, 1)] as const
    for (const [buildId, task] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['a', 3],
      ['b', 2],
    ] as const)
      await queue.publish(order(buildId, task))
    const taken = () => [...workers[0].taken, ...workers[1].taken].sort()
    await until('all slots are taken', () => taken().length === 3)
    await queue.stop('a')
    await until('both are aborted', () => workers[0].aborted.length + workers[1].aborted.length === 2)
    await until('the other build goes on', () => taken().length === 4)
    t.deepEqual(taken(), ['a.1', 'a.2', 'b.1', 'b.2'])
    t.deepEqual([...workers[0].aborted, ...workers[1].aborted].sort(), ['a.1', 'a.2'])
  })

  on('stopping a build of which nothing is there does nothing', async (t, queue) => {
    await queue.stop('nobody')
    await queue.withdraw('nobody')
    queue.goOn('nobody')
    t.pass()
  })

  on('a worker that drains takes nothing more, and has drained when all of its orders have ended', async (t, queue) => {
    const [leaving, staying] = [new HandWorker(queue, 2), new HandWorker(queue, 0)]
    for (const task of [1, 2, 3]) await queue.publish(order('a', task))
    await until('both slots are taken', () => leaving.underWay.length === 2)
    let drained = 0
    const drains = [1, 2].map(() => leaving.consumer.drain().then(() => drained++))
    leaving.end('a.1')
    const other = new HandWorker(queue, 1)
    await until('another takes the next', () => other.taken.length === 1)
    t.deepEqual([drained, leaving.taken.length, staying.taken.length], [0, 2, 0])
    leaving.end('a.2')
    await Promise.all(drains)
    await leaving.consumer.drain()
    t.deepEqual([leaving.aborted, leaving.taken.length], [[], 2])
  })

  on('close aborts what is under way and resolves when it has ended, draining workers included', async (t, queue) => {
    const workers = [new HandWorker(queue, 1, false), new HandWorker(queue, 1, false)] as const
    for (const task of [1, 2, 3]) await queue.publish(order('a', task))
    await until('both have one', () => workers.every(({ underWay }) => underWay.length === 1))
    const drained = workers[0].consumer.drain()
    let isClosed = false
    const closed = queue.close().then(() => {
      isClosed = true
    })
    await until('both are aborted', () => workers.every(({ aborted }) => aborted.length === 1))
    workers[1].endAll()
    await new Promise((resolve) => setImmediate(resolve))
    t.false(isClosed, 'one has not ended')
    workers[0].endAll()
    await Promise.all([closed, drained])
    t.deepEqual(
      workers.map(({ taken }) => taken.length),
      [1, 1],
      'nothing more was taken',
    )
  })

  if (isHolding) holdingConformance(on)
}

type On = (title: string, run: (t: ExecutionContext, queue: TaskQueue) => Promise<void>) => void

/** What a queue guarantees that can hold orders back. */
function holdingConformance(on: On): void {
  const releases: readonly (readonly [string, (queue: TaskQueue) => void | Promise<void>, readonly string[]])[] = [
    ['goOn', (queue) => queue.goOn('a'), ['a.1', 'a.2', 'a.3']],
    ['withdraw', (queue) => queue.withdraw('a'), ['a.1', 'a.3']],
  ]
  for (const [name, release, taken] of releases)
    on(`after a failed attempt none of its build's orders begins until ${name}`, async (t, queue) => {
      const worker = new HandWorker(queue, 1)
      await queue.publish(order('a', 1))
      await queue.publish(order('a', 2))
      await until('the first is taken', () => worker.taken.length === 1)
      await queue.report(failed('a', 1))
      worker.endAll()
      await passThrough(queue, worker)
      t.deepEqual(worker.taken, ['a.1'])
      await release(queue)
      await queue.publish(order('a', 3))
      await until('the last is taken', () => {
        if (worker.underWay.includes('a.2')) worker.end('a.2')
        return worker.taken.includes('a.3')
      })
      t.deepEqual(worker.taken, taken)
    })

  on('a failed attempt holds no other build back', async (t, queue) => {
    const worker = new HandWorker(queue, 1)
    await queue.publish(order('a', 1))
    for (const [buildId, task] of [
      ['a', 2],
      ['b', 1],
      ['b', 2],
    ] as const)
      await queue.publish(order(buildId, task))
    await until('the first is taken', () => worker.taken.length === 1)
    await queue.report(failed('a', 1))
    worker.endAll()
    await until('the first of the other build is taken', () => worker.taken.length === 2)
    worker.endAll()
    await until('the second of the other build is taken', () => worker.taken.length === 3)
    t.deepEqual(worker.taken, ['a.1', 'b.1', 'b.2'])
    queue.goOn('a')
    worker.endAll()
    await until('the held one is taken', () => worker.taken.length === 4)
  })

  on('the hold of a failed attempt begins before its slot is free', async (t, queue) => {
    const taken: number[] = []
    queue.consume(1, async (next) => {
      taken.push(next.task)
      if (next.task === 1) await queue.report(failed('a', 1))
    })
    await queue.publish(order('a', 1))
    await queue.publish(order('a', 2))
    await queue.publish(order('b', 9))
    await until('the other build has its turn', () => taken.includes(9))
    t.deepEqual(taken, [1, 9])
  })
}
