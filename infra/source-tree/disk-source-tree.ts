import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { type Digest, digestOf } from '../../events/digest.ts'
import type { SourceTree } from './source-tree.ts'
import { SourceTreeError } from './source-tree.ts'
import { decodeStatCache, encodeStatCache, type StatEntry } from './stat-cache.ts'

/** Files up to this size are read and hashed at once; larger ones in pieces, so that everything else goes on. */
const readAtOnceBytesMax = 1 << 20

/** A file's times move in steps of the kernel's tick (at most 10 ms); only a change after that step is sure to show. */
const timestampStepMs = 10

/** The files under one directory of this machine's file system. */
export function diskSourceTree(directory: string): SourceTree {
  let entries = new Map<string, StatEntry>()
  let hasNews = false
  const resolve = (path: string) => (path.startsWith('/') ? path : `${directory}/${path}`)

  /** The known digest, or a promise of it where a large file has to be read. */
  const look = (path: string): Digest | null | Promise<Digest | null> => {
    const stats = statOf(resolve(path))
    if (stats === undefined) {
      if (entries.delete(path)) hasNews = true
      return null
    }
    const known = entries.get(path)
    if (known !== undefined && isSame(known, stats)) return known.digest
    hasNews = true
    const remember = (digest: Digest): Digest => {
      const isSettled = Date.now() - Math.max(stats.ctimeMs, stats.mtimeMs) > timestampStepMs
      const { mtimeMs, ctimeMs, size, ino } = stats
      entries.set(path, { digest, mtimeMs, ctimeMs, size, ino, isSettled })
      return digest
    }
    if (stats.isDirectory()) return remember(digestOf(`directory\0${readdirSync(resolve(path)).sort().join('\0')}`))
    if (!stats.isFile()) return remember(digestOf(`special\0${stats.rdev}`))
    if (stats.size > readAtOnceBytesMax) return digestInPieces(resolve(path)).then(remember)
    return remember(digestOf(readFileSync(resolve(path))))
  }

  return {
    digests(paths) {
      const digests: (Digest | null)[] = new Array(paths.length)
      const later: Promise<void>[] = []
      for (let i = 0; i < paths.length; i++) {
        const digest = translated(paths[i]!, look)
        if (digest === null || typeof digest === 'string') digests[i] = digest
        else
          later.push(
            digest.then(
              (value) => {
                digests[i] = value
              },
              (error) => raise(paths[i]!, error),
            ),
          )
      }
      return later.length === 0 ? digests : Promise.all(later).then(() => digests)
    },
    modifiedAt: (path) => statOf(resolve(path))?.mtimeMs ?? null,
    changedAt: (path) => entries.get(path)?.ctimeMs ?? null,
    snapshot() {
      if (!hasNews) return null
      hasNews = false
      return encodeStatCache(entries)
    },
    restore(snapshot) {
      entries = decodeStatCache(snapshot)
      hasNews = false
    },
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // A file where the path has a directory: there is nothing below it.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

function isSame(known: StatEntry, stats: Stats): boolean {
  return (
    known.mtimeMs === stats.mtimeMs &&
    known.ctimeMs === stats.ctimeMs &&
    known.size === stats.size &&
    known.ino === stats.ino
  )
}

async function digestInPieces(path: string): Promise<Digest> {
  const sha256 = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path, { highWaterMark: readAtOnceBytesMax })) {
    sha256.update(piece)
    bytes += (piece as Buffer).length
  }
  return `${sha256.digest('hex')}/${bytes}`
}

function translated<T>(path: string, look: (path: string) => T): T | null {
  try {
    return look(path)
  } catch (error) {
    // Gone between the look at its status and the reading.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    return raise(path, error)
  }
}

function raise(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  throw new SourceTreeError(`${path}: can't be read (${code})`)
}
