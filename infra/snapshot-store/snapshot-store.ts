/**
 * Keeps the newest snapshot under a name. A snapshot is a cache of what can be worked out again: one that is missing,
 * torn or damaged is simply not there.
 */
export interface SnapshotStore {
  load(name: string): Promise<Uint8Array | null>
  /** Replaces the snapshot as a whole. A snapshot that can't be stored is dropped without an error. */
  save(name: string, content: Uint8Array): Promise<void>
}
