import type { FileNumber } from '../build-graph.ts'
import { canonicalize } from './canonical-path.ts'

/** Every path of a manifest, once, and who makes it. */
export class FileTable {
  /** Canonical paths by number. */
  readonly paths: string[] = []
  /** Spellings seen, canonical or not. */
  readonly #numbers = new Map<string, FileNumber>()
  /** Number of the edge that makes the file; -1: none, it is a source. */
  readonly #producers: number[] = []

  /** The file's number, a new one when the path was not seen before. The path is not empty. */
  intern(path: string): FileNumber {
    const known = this.#numbers.get(path)
    return known === undefined ? this.#add(path) : known
  }

  /** The number of a file that the manifest named before. */
  find(path: string): FileNumber | undefined {
    return this.#numbers.get(path) ?? this.#numbers.get(canonicalize(path))
  }

  producer(file: FileNumber): number {
    return this.#producers[file]!
  }

  setProducer(file: FileNumber, edge: number): void {
    this.#producers[file] = edge
  }

  #add(path: string): FileNumber {
    const canonical = canonicalize(path)
    let number = canonical === path ? undefined : this.#numbers.get(canonical)
    if (number === undefined) {
      number = this.paths.length
      this.paths.push(canonical)
      this.#producers.push(-1)
      this.#numbers.set(canonical, number)
    }
    if (canonical !== path) this.#numbers.set(path, number)
    return number
  }
}
