import { defaultPrefix } from '../nats/streams.ts'
import { TaskQueueError } from './task-queue.ts'

/** Subjects of the queue. Names that NATS can't have in a subject throw {@link TaskQueueError}. */
export class QueueSubjects {
  readonly #prefix: string

  constructor(prefix: string = defaultPrefix) {
    this.#prefix = prefix
  }

  /** One worker's orders of one build, or with `*` of all builds. */
  orders(pool: string, worker: string, buildId: string | '*'): string {
    return `${this.#prefix}.tasks.${token(pool)}.${token(worker)}.${buildId === '*' ? '*' : token(buildId)}`
  }

  /** Orders of one build, all workers. */
  ordersOf(buildId: string): string {
    return `${this.#prefix}.tasks.*.*.${token(buildId)}`
  }

  reports(buildId: string): string {
    return `${this.#prefix}.results.${token(buildId)}`
  }

  /** What is said to all workers about one build, or with `*` about any. */
  control(buildId: string | '*'): string {
    return `${this.#prefix}.control.${buildId === '*' ? '*' : token(buildId)}`
  }
}

/** A name as part of a subject, where dots, spaces and wildcards have a meaning of their own. */
function token(name: string): string {
  if (/^[\w-]{1,128}$/.test(name)) return name
  throw new TaskQueueError(`'${name}' can't be part of a NATS subject; use letters, digits, '-' and '_'`)
}
