import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeSnapshot, encodeSnapshotHeader } from './snapshot-format.ts'
import { assertSnapshotName } from './snapshot-name.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/**
 * Keeps each snapshot in a file of `directory` (made, with mode 0700, when the first one is saved). A file is written
 * under another name and then renamed, so that a reader finds the old snapshot or the new one; a header with length and
 * checksum tells a file that a loss of power left torn. When a snapshot can't be saved, the one before it stays.
 */
export function openFileSnapshotStore(directory: string): SnapshotStore {
  return new FileSnapshotStore(directory)
}

class FileSnapshotStore implements SnapshotStore {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async load(name: string): Promise<Uint8Array | null> {
    assertSnapshotName(name)
    let file: Uint8Array
    try {
      // Synchronous: saves the trips to the thread pool, and at start-up nothing else waits for this thread.
      file = readFileSync(this.#pathOf(name))
    } catch {
      return null
    }
    return decodeSnapshot(file)
  }

  async save(name: string, content: Uint8Array): Promise<void> {
    assertSnapshotName(name)
    const temporary = join(this.#directory, `${name}.${process.pid}.tmp`)
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
      writeFileSync(temporary, encodeSnapshotHeader(content), { mode: 0o600 })
      writeFileSync(temporary, content, { flag: 'a' })
      renameSync(temporary, this.#pathOf(name))
    } catch {
      removeQuietly(temporary)
    }
  }

  #pathOf(name: string): string {
    return join(this.#directory, `${name}.snapshot`)
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // A file that can't be removed is overwritten by the next attempt.
  }
}
