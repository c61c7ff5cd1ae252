import { RedisDeadlineError, replyCode } from './redis-error.ts'

interface Question {
  readonly askedAt: number
  readonly reject: (error: RedisDeadlineError) => void
}

const tickMs = 250

/**
 * Gives up on questions to a server that says nothing. One that has much to answer may take its time, and so may this
 * process: time is counted in turns of the event loop 250 ms apart, of which there are few while it is busy itself.
 */
export class SilenceWatch {
  readonly #ticksMax: number
  readonly #questions = new Set<Question>()
  #timer: NodeJS.Timeout | undefined
  #ticks = 0
  #answeredAt = 0

  constructor(silenceMsMax: number) {
    this.#ticksMax = Math.ceil(silenceMsMax / tickMs)
  }

  /** As the reply; rejects with {@link RedisDeadlineError} when there was none to this or any other question for so long. */
  watch<Reply>(reply: Promise<Reply>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const question = { askedAt: this.#ticks, reject }
      this.#questions.add(question)
      this.#timer ??= setInterval(() => this.#tick(), tickMs)
      reply.then(
        (value) => {
          this.#settle(question, true)
          resolve(value)
        },
        (error) => {
          this.#settle(question, replyCode(error) !== undefined)
          reject(error)
        },
      )
    })
  }

  #settle(question: Question, isAnswer: boolean): void {
    if (isAnswer) this.#answeredAt = this.#ticks
    this.#questions.delete(question)
    if (this.#questions.size === 0) this.#stop()
  }

  #tick(): void {
    this.#ticks++
    if (this.#ticks - this.#answeredAt < this.#ticksMax) return
    for (const question of this.#questions) {
      if (this.#ticks - question.askedAt < this.#ticksMax) continue
      this.#questions.delete(question)
      question.reject(new RedisDeadlineError(`no answer for ${this.#ticksMax * tickMs} ms`))
    }
    if (this.#questions.size === 0) this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
