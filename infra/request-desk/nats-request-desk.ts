import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { errors } from '@nats-io/transport-node'
import { natsTrouble } from '../nats/nats-error.ts'
import { defaultPrefix } from '../nats/streams.ts'
import { type AnswerRequest, type RequestDesk, RequestDeskError } from './request-desk.ts'

export interface NatsRequestDeskOptions {
  /** Stays open when the desk is closed. */
  readonly connection: NatsConnection
  readonly prefix?: string
}

/** Those who serve share what comes under this name. */
const queueGroup = 'coordinators'

/**
 * Requests and replies of core NATS. No stream keeps them: JetStream would answer the client itself, and drops the address to reply to.
 * So what was not answered was not accepted.
 */
export class NatsRequestDesk implements RequestDesk {
  readonly #connection: NatsConnection
  readonly #prefix: string
  readonly #open = new Set<() => Promise<void>>()

  constructor({ connection, prefix = defaultPrefix }: NatsRequestDeskOptions) {
    this.#connection = connection
    this.#prefix = prefix
  }

  serve(answer: AnswerRequest): () => Promise<void> {
    const subject = `${this.#prefix}.requests.*`
    return this.#answering(this.#connection.subscribe(subject, { queue: queueGroup }), async (message) => {
      const project = message.subject.slice(subject.length - 1)
      message.respond(JSON.stringify(await answer(project, message.data)))
    })
  }

  answerAll(answer: (question: unknown) => object | undefined): () => Promise<void> {
    return this.#answering(this.#connection.subscribe(`${this.#prefix}.questions`), async (message) => {
      const reply = answer(parsed(message))
      if (reply !== undefined) message.respond(JSON.stringify(reply))
    })
  }

  async askAll(question: object, waitMs: number): Promise<readonly unknown[]> {
    const answers: unknown[] = []
    try {
      const replies = await this.#connection.requestMany(`${this.#prefix}.questions`, JSON.stringify(question), {
        strategy: 'timer',
        maxWait: waitMs,
      })
      for await (const message of replies) answers.push(parsed(message))
    } catch (error) {
      if (!(error instanceof errors.NoRespondersError)) throw this.#deskError(error)
    }
    return answers
  }

  async request(project: string, form: object, waitMs: number): Promise<unknown> {
    try {
      const reply = await this.#connection.request(`${this.#prefix}.requests.${project}`, JSON.stringify(form), {
        timeout: waitMs,
      })
      return parsed(reply)
    } catch (error) {
      throw this.#deskError(error)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((stop) => stop()))
  }

  #answering(subscription: Subscription, answer: (message: Msg) => Promise<void>): () => Promise<void> {
    const answers = new Set<Promise<void>>()
    const serving = (async () => {
      for await (const message of subscription) {
        // Who gets no answer asks again.
        const answered = answer(message)
          .catch(() => {})
          .finally(() => answers.delete(answered))
        answers.add(answered)
      }
    })()
    const stop = async () => {
      this.#open.delete(stop)
      subscription.unsubscribe()
      await serving
      await Promise.allSettled(answers)
    }
    this.#open.add(stop)
    return stop
  }

  #deskError(error: unknown): RequestDeskError {
    const isNobody =
      error instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders())
    const message = isNobody
      ? 'no coordinator serves; start one (millrace coordinator)'
      : error instanceof errors.TimeoutError
        ? 'no coordinator answers in time; see its log, and whether NATS and its disk are well (millrace doctor --cluster)'
        : `NATS ${natsTrouble(error)}`
    return new RequestDeskError(message, { cause: error })
  }
}

/** `undefined` for what is no JSON. */
function parsed(message: Msg): unknown {
  try {
    return message.json()
  } catch {
    return undefined
  }
}
