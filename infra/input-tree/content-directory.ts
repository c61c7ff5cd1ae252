import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeFile,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import type { BlobStore } from '../blob-store/blob-store.ts'
import { type ContentKey, contentKey, isSealed, seal, statusOf } from './content-file.ts'
import { atOnceBytesMax, digestInPieces } from './file-digest.ts'

export interface ContentDirectoryOptions {
  /** Of the worker alone; on the file system of its stages. Made where it is missing. */
  readonly directory: string
  readonly blobs: BlobStore
  /** Bytes beyond which the least recently used contents go; those that stages hold stay. 0: no limit. */
  readonly bytesMax: number
}

/** What stays, of the bytes that the limit allows, when contents have to go. */
const keptShare = 0.9

/** Not at once: to make a file can take a file system a millisecond, and several are made side by side. */
const writeFileLater = promisify(writeFile)

export type Fetched = 'there' | 'fetched' | 'lost'

/** Contents as read-only files, of which stages are made by hard links. Methods throw the system's errors. */
export class ContentDirectory {
  readonly #directory: string
  readonly #blobs: BlobStore
  readonly #bytesMax: number
  /** Bytes by key; the least recently used first. */
  readonly #bytes = new Map<ContentKey, number>()
  readonly #fetching = new Map<ContentKey, Promise<Fetched>>()
  #total = 0
  #trimAt: number
  #names = 0
  #damages = 0

  constructor({ directory, blobs, bytesMax }: ContentDirectoryOptions) {
    this.#directory = directory
    this.#blobs = blobs
    this.#bytesMax = bytesMax
    this.#trimAt = bytesMax
    rmSync(this.#temporary, { recursive: true, force: true })
    mkdirSync(this.#temporary, { recursive: true, mode: 0o700 })
    this.#load()
  }

  get bytes(): number {
    return this.#total
  }

  /** Grows when a content was found changed: whoever holds links to contents should look at them. */
  get damages(): number {
    return this.#damages
  }

  /** The status of a content's file when it is there and as it was made; one that was changed is removed. */
  find(digest: Digest, isExecutable: boolean): Stats | undefined {
    const key = contentKey(digest, isExecutable)
    const stats = statusOf(this.#pathOf(key))
    if (stats === undefined) this.#forget(key)
    else if (isSealed(stats, digest, isExecutable)) return stats
    else {
      this.#damages++
      this.#remove(key)
    }
    return undefined
  }

  /** Sees to it that a content is there. Several callers at once fetch it once. */
  async ensure(digest: Digest, isExecutable: boolean): Promise<Fetched> {
    const key = contentKey(digest, isExecutable)
    const begun = this.#fetching.get(key)
    if (begun !== undefined) return (await begun) === 'lost' ? 'lost' : 'there'
    if (this.find(digest, isExecutable) !== undefined) return 'there'
    const fetching = this.#fetch(key, digest, isExecutable)
    this.#fetching.set(key, fetching)
    try {
      return await fetching
    } finally {
      this.#fetching.delete(key)
    }
  }

  /** Makes `path` a link to a content. False when the content is not there, or was changed. */
  link(digest: Digest, isExecutable: boolean, path: string): boolean {
    const key = contentKey(digest, isExecutable)
    if (this.find(digest, isExecutable) === undefined) return false
    try {
      linkSync(this.#pathOf(key), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMLINK') throw error
      this.#renew(key, isExecutable)
      linkSync(this.#pathOf(key), path)
    }
    this.#use(key, digestBytes(digest))
    return true
  }

  /** Removes what was not used for longest and no stage holds, when there is more than the limit allows. */
  trim(): void {
    if (this.#bytesMax === 0 || this.#total <= this.#trimAt) return
    for (const key of this.#bytes.keys()) {
      if (this.#total <= this.#bytesMax * keptShare) break
      const stats = statusOf(this.#pathOf(key))
      if (stats === undefined || stats.nlink === 1) this.#remove(key)
    }
    // Where stages hold more than that, looking at all of it again has to wait until more has come.
    this.#trimAt = Math.max(this.#bytesMax, this.#total + this.#bytesMax * (1 - keptShare))
  }

  get #temporary(): string {
    return join(this.#directory, 'tmp')
  }

  #pathOf(key: ContentKey): string {
    return `${this.#directory}/${key.slice(0, 2)}/${key}`
  }

  /** What an earlier process left, by the time of its last use as far as the file system knows it. */
  #load(): void {
    const found: { readonly key: ContentKey; readonly bytes: number; readonly usedAt: number }[] = []
    for (const part of readdirSync(this.#directory)) {
      if (part === 'tmp') continue
      for (const key of readdirSync(join(this.#directory, part))) {
        const { size, atimeMs } = lstatSync(this.#pathOf(key))
        found.push({ key, bytes: size, usedAt: atimeMs })
      }
    }
    for (const { key, bytes } of found.sort((a, b) => a.usedAt - b.usedAt)) this.#use(key, bytes)
    this.trim()
  }

  async #fetch(key: ContentKey, digest: Digest, isExecutable: boolean): Promise<Fetched> {
    const temporary = this.#temporaryPath()
    try {
      const isThere =
        digestBytes(digest) <= atOnceBytesMax
          ? await this.#writeSmall(digest, temporary)
          : (await this.#blobs.copyTo(digest, temporary, { isExecutable })) &&
            (await digestInPieces(temporary)) === digest
      if (isThere) {
        this.#settle(temporary, key, isExecutable)
        this.#use(key, digestBytes(digest))
        return 'fetched'
      }
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
    rmSync(temporary, { force: true })
    return 'lost'
  }

  async #writeSmall(digest: Digest, path: string): Promise<boolean> {
    const content = await this.#blobs.get(digest)
    if (content === null || digestOf(content) !== digest) return false
    await writeFileLater(path, content, { flag: 'wx', mode: 0o600 })
    return true
  }

  /** A file can have only so many links (65,000 on ext4): the next ones go to a copy. */
  #renew(key: ContentKey, isExecutable: boolean): void {
    const temporary = this.#temporaryPath()
    copyFileSync(this.#pathOf(key), temporary)
    this.#settle(temporary, key, isExecutable)
  }

  #settle(temporary: string, key: ContentKey, isExecutable: boolean): void {
    seal(temporary, isExecutable)
    const path = this.#pathOf(key)
    try {
      renameSync(temporary, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      // One of 256 directories, each made when it is first needed.
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      renameSync(temporary, path)
    }
  }

  #temporaryPath(): string {
    return join(this.#temporary, `${++this.#names}`)
  }

  #use(key: ContentKey, bytes: number): void {
    this.#forget(key)
    this.#bytes.set(key, bytes)
    this.#total += bytes
  }

  #forget(key: ContentKey): void {
    this.#total -= this.#bytes.get(key) ?? 0
    this.#bytes.delete(key)
  }

  #remove(key: ContentKey): void {
    rmSync(this.#pathOf(key), { force: true })
    this.#forget(key)
  }
}
