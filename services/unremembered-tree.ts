/** What a source tree answers that is the same for all of its life, or not worth remembering for longer. */
export abstract class UnrememberedTree {
  footprint(): null {
    return null
  }

  isAsIn(): boolean {
    return false
  }

  snapshot(): null {
    return null
  }

  snapshotOf(): Uint8Array {
    return new Uint8Array()
  }

  restore(): void {}
}
