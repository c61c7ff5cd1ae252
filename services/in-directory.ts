import { readFileSync } from 'node:fs'

/** Absolute form of a path that a build graph writes. */
export function inDirectory(directory: string, path: string): string {
  return path.startsWith('/') ? path : `${directory}/${path}`
}

/** Reads a file that a build graph names; `null` where it can't be read. */
export function readTextIn(directory: string): (path: string) => string | null {
  return (path) => {
    try {
      return readFileSync(inDirectory(directory, path), 'utf8')
    } catch {
      return null
    }
  }
}
