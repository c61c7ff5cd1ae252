import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Top of the project. */
export const top: string = join(import.meta.dirname, '..', '..')

export const rooms = ['events', 'machines', 'infra', 'services', 'test', 'benchmarks'] as const

export interface SourceFile {
  /** Relative to the top. */
  readonly path: string
  readonly lines: readonly string[]
}

export interface Import {
  readonly file: string
  readonly line: number
  /** A file relative to the top, or a package (`zod`, `@scope/name`) or built-in module (`node:fs`). */
  readonly target: string
  readonly isFile: boolean
}

/** Paths of all files of the rooms, relative to the top. */
export function roomFiles(): string[] {
  return rooms.flatMap((room) =>
    readdirSync(join(top, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(top.length + 1)),
  )
}

/** The TypeScript sources of the rooms. */
export function sourceFiles(): SourceFile[] {
  return roomFiles()
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, lines: readFileSync(join(top, path), 'utf8').split('\n') }))
}

/** What a file imports and re-exports, statically or not. */
export function importsOf({ path, lines }: SourceFile): Import[] {
  return lines.flatMap((text, index) =>
    [...text.matchAll(/(?:\bfrom |^import |\bimport\()'([^']+)'/g)].map(([, specifier]) => {
      const isFile = specifier!.startsWith('.')
      const target = isFile ? posix.join(posix.dirname(path), specifier!) : packageOf(specifier!)
      return { file: path, line: index + 1, target, isFile }
    }),
  )
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
