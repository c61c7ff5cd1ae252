import { existsSync, readFileSync } from 'node:fs'
import { inDirectory } from '../in-directory.ts'

/** The files that a graph is read from. */
export interface GraphFiles {
  /** Absolute path that relative paths are relative to. */
  readonly directory: string
  has(path: string): boolean
  /** Throws an error with a system's code where it can't be read. */
  text(path: string): string
}

/** The files of a directory, for a graph's reader; `lookAt` is called with each path that decides what is read. */
export function graphFilesIn(directory: string, lookAt: (path: string) => void = () => {}): GraphFiles {
  return {
    directory,
    has: (path) => {
      lookAt(path)
      return existsSync(inDirectory(directory, path))
    },
    text: (path) => {
      lookAt(path)
      return readFileSync(inDirectory(directory, path), 'utf8')
    },
  }
}
