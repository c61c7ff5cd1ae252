/** Gives up on something at its first trouble, which is told once: from then on it is not asked any more. */
export class FirstTrouble<Trouble extends Error> {
  readonly #isTrouble: (error: unknown) => error is Trouble
  readonly #onTrouble: (trouble: Trouble) => void
  #isOut = false

  /** @param isTrouble what is forgiven; any other error is thrown on */
  constructor(isTrouble: (error: unknown) => error is Trouble, onTrouble: (trouble: Trouble) => void) {
    this.#isTrouble = isTrouble
    this.#onTrouble = onTrouble
  }

  /** What the work gives, or `otherwise` once there was trouble. */
  try<Value>(otherwise: Value, work: () => Value | Promise<Value>): Value | Promise<Value> {
    if (this.#isOut) return otherwise
    try {
      const done = work()
      return done instanceof Promise ? done.catch((error) => this.forgive(error, otherwise)) : done
    } catch (error) {
      return this.forgive(error, otherwise)
    }
  }

  forgive<Value>(error: unknown, otherwise: Value): Value {
    if (!this.#isTrouble(error)) throw error
    if (!this.#isOut) this.#onTrouble(error)
    this.#isOut = true
    return otherwise
  }
}
