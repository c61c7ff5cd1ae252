import { posix } from 'node:path'
import type { FileNumber } from '../build-graph.ts'

/** Numbers the files of a graph in the order in which they are first named; equal canonical paths share a number. */
export class FileTable {
  readonly paths: string[] = []
  /** Keyed by the path as written and as canonical, so that a path is made canonical once. */
  readonly #numbers = new Map<string, FileNumber>()

  /** The number of the file at `path`, a new one if it was not named before. */
  add(path: string): FileNumber {
    const known = this.#numbers.get(path)
    if (known !== undefined) return known
    const canonical = canonicalPath(path)
    let number = this.#numbers.get(canonical)
    if (number === undefined) {
      number = this.paths.push(canonical) - 1
      this.#numbers.set(canonical, number)
    }
    if (canonical !== path) this.#numbers.set(path, number)
    return number
  }

  /** The number of the file at `path` if it was named before. */
  find(path: string): FileNumber | undefined {
    return this.#numbers.get(path) ?? this.#numbers.get(canonicalPath(path))
  }
}

const notCanonical = /(?:^|\/)\.{0,2}(?:\/|$)/

/** `path` without `.`, inner `..`, doubled and trailing slashes; symbolic links are not considered, as in ninja. */
export function canonicalPath(path: string): string {
  if (!notCanonical.test(path)) return path
  const normal = posix.normalize(path)
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal
}

/** Whether a canonical path names something below the directory it is relative to. */
export function isBelowDirectory(path: string): boolean {
  return path !== '.' && path !== '..' && !path.startsWith('/') && !path.startsWith('../')
}
