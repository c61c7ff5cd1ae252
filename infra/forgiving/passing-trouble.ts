/** Does without something while it is in trouble, which is told once each time, and asks it again the next time. */
export class PassingTrouble<Trouble extends Error> {
  readonly #isTrouble: (error: unknown) => error is Trouble
  readonly #onTrouble: (trouble: Trouble) => void
  #isAway = false

  /** @param isTrouble what is forgiven; any other error is thrown on */
  constructor(isTrouble: (error: unknown) => error is Trouble, onTrouble: (trouble: Trouble) => void) {
    this.#isTrouble = isTrouble
    this.#onTrouble = onTrouble
  }

  /** What the work gives, or what `otherwise` does while there is trouble. */
  async try<Value>(otherwise: () => Value | Promise<Value>, work: () => Value | Promise<Value>): Promise<Value> {
    try {
      const value = await work()
      this.#isAway = false
      return value
    } catch (error) {
      if (!this.#isTrouble(error)) throw error
      if (!this.#isAway) this.#onTrouble(error)
      this.#isAway = true
      return otherwise()
    }
  }
}
