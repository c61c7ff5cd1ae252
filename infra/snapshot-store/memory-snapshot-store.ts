import { assertSnapshotName } from './snapshot-name.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Snapshots that live as long as this object: for tests and simulation. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<string, Uint8Array>()

  async load(name: string): Promise<Uint8Array | null> {
    assertSnapshotName(name)
    const content = this.#snapshots.get(name)
    return content === undefined ? null : Uint8Array.from(content)
  }

  async save(name: string, content: Uint8Array): Promise<void> {
    assertSnapshotName(name)
    this.#snapshots.set(name, Uint8Array.from(content))
  }
}
