import test, { type ExecutionContext } from 'ava'
import type { TaskLog } from '../../infra/task-log/task-log.ts'
import { until } from '../rig/until.ts'

/** The same log as two processes see it. */
export interface TaskLogRig {
  readonly worker: TaskLog
  readonly viewer: TaskLog
}

/** Limits that the rig's logs are to be opened with. */
export const testedLimits = { taskBytesMax: 1_000, burstBytes: 600, bytesPerSecond: 0 }

/** Runs what every task log guarantees. */
export function taskLogConformance(adapter: string, makeRig: (t: ExecutionContext) => Promise<TaskLogRig>): void {
  const on = (title: string, run: (t: ExecutionContext, rig: TaskLogRig) => Promise<void>) =>
    test(`${adapter}: ${title}`, async (t) => run(t, await makeRig(t)))

  on('pieces of a build come to those who follow it, in the order printed', async (t, { worker, viewer }) => {
    const heard = [new Ear(viewer, 'a'), new Ear(viewer, 'a'), new Ear(viewer, 'b')] as const
    await Promise.all(heard.map((ear) => ear.opens(worker)))
    for (const text of ['one ', 'two ', 'thrée']) {
      worker.send('a', 'dir/a b.o', Buffer.from(text))
      worker.send('a', 'x', Buffer.from(text.toUpperCase()))
    }
    const whole = { 'dir/a b.o': 'one two thrée', x: 'ONE TWO THRÉE' }
    await until('all has come', () => heard.slice(0, 2).every(({ bytes }) => bytes === 28))
    t.deepEqual(
      heard.map(({ text }) => text),
      [whole, whole, {}],
    )
    for (const ear of heard) ear.close()
  })

  on('who follows no more hears nothing, and others go on', async (t, { worker, viewer }) => {
    const [leaving, staying] = [new Ear(viewer, 'a'), new Ear(viewer, 'a')]
    await Promise.all([leaving.opens(worker), staying.opens(worker)])
    leaving.close()
    worker.send('a', 'x', Buffer.from('later'))
    await until('the other hears it', () => staying.text.x === 'later')
    t.deepEqual(leaving.text, {})
    staying.close()
  })

  on('what nobody follows costs the task nothing of what it may send', async (t, { worker, viewer }) => {
    for (let i = 0; i < 10; i++) worker.send('a', 'x', Buffer.alloc(1_000))
    const ear = new Ear(viewer, 'a')
    await ear.opens(worker)
    worker.send('a', 'x', Buffer.from('now'))
    await until('it has come', () => ear.bytes > 0)
    t.deepEqual(ear.text, { x: 'now' })
    ear.close()
  })

  on('a task that prints too much at a time is cut, and others are not', async (t, { worker, viewer }) => {
    const ear = new Ear(viewer, 'a')
    await ear.opens(worker)
    for (let i = 0; i < 5; i++) worker.send('a', 'x', Buffer.alloc(250, `${i}`))
    worker.send('a', 'y', Buffer.from('last'))
    await until('the other task is heard', () => ear.text.y === 'last')
    t.is(ear.text.x, `${'0'.repeat(250)}${'1'.repeat(250)}${'2'.repeat(100)}`)
    ear.close()
  })
}

/** One who follows a build. */
class Ear {
  /** By task. */
  readonly text: Record<string, string> = {}
  bytes = 0
  readonly close: () => void
  readonly #buildId: string
  #isOpen = false

  constructor(log: TaskLog, buildId: string) {
    this.#buildId = buildId
    this.close = log.follow(buildId, (taskId, piece) => {
      if (taskId.startsWith('knock')) {
        this.#isOpen = true
        return
      }
      this.text[taskId] = (this.text[taskId] ?? '') + Buffer.from(piece).toString()
      this.bytes += piece.length
    })
  }

  /** Resolves when what the worker sends is heard. */
  async opens(worker: TaskLog): Promise<void> {
    let knocks = 0
    await until('the worker is heard', () => {
      if (!this.#isOpen) worker.send(this.#buildId, `knock ${++knocks}`, Buffer.from('!'))
      return this.#isOpen
    })
  }
}
