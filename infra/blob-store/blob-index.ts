import assert from 'node:assert'
import type { SQLOutputValue } from 'node:sqlite'
import { type Digest, digestBytes } from '../../events/digest.ts'
import { BatchTimer } from '../sqlite/batch-timer.ts'
import { CacheDatabase } from '../sqlite/cache-database.ts'
import { BlobStoreError } from './blob-store.ts'
import {
  type BlobForm,
  type BlobStatements,
  blobForm,
  blobSchema,
  blobTables,
  prepareBlobStatements,
} from './blob-tables.ts'

export interface BlobIndexOptions {
  readonly directory: string
  readonly now: () => number
  readonly onTrouble: ((line: string) => void) | undefined
}

/** What the index knows of a blob. */
export interface IndexedBlob {
  readonly form: BlobForm
  readonly usedAt: number
  /** Of `blobForm.row`, unchecked. */
  readonly content?: Uint8Array
}

interface AddedBlob extends IndexedBlob {
  readonly stored: number
}

/** Contents that wait are written at once beyond this size. */
const waitingBytesMax = 1024 * 1024
/** And so are as many blobs; each takes about 300 bytes of memory. */
const waitingBlobsMax = 4096

/** A use is written down only when the last one that was is as long ago: of a build with hits only, most writes go. */
const useStepMs = 60 * 60 * 1000

/** Which blobs there are, in SQLite, with the contents of the small ones. What is added is written in batches. */
export class BlobIndex {
  readonly database: CacheDatabase<BlobStatements>
  readonly #now: () => number
  #added = new Map<Digest, AddedBlob>()
  #used = new Map<Digest, number>()
  #waitingBytes = 0
  readonly #timer = new BatchTimer(() => this.#writeInBackground())
  /** What a flush in the background met: whoever stores something next is told. */
  #trouble: unknown

  constructor({ directory, now, onTrouble }: BlobIndexOptions) {
    this.#now = now
    this.database = new CacheDatabase({
      directory,
      name: 'blobs',
      schema: blobSchema,
      tables: blobTables,
      prepare: prepareBlobStatements,
      failed: (trouble, cause) => new BlobStoreError(`blob store: ${trouble}`, { cause }),
      onTrouble: onTrouble && ((line) => onTrouble(`blob store: ${line}`)),
    })
  }

  /** With its content, if that is in a row. */
  find(digest: Digest): IndexedBlob | undefined {
    return this.#find(digest, 'find')
  }

  findWithoutContent(digest: Digest): IndexedBlob | undefined {
    return this.#find(digest, 'findWithoutContent')
  }

  /** The content is not to be changed afterwards. */
  addRow(digest: Digest, content: Uint8Array): void {
    this.#add(digest, { form: blobForm.row, usedAt: this.#now(), stored: content.byteLength, content })
    this.#waitingBytes += content.byteLength
    if (this.#waitingBytes >= waitingBytesMax) this.flush()
  }

  addFile(digest: Digest, form: BlobForm, stored: number, usedAt = this.#now()): void {
    this.#add(digest, { form, usedAt, stored })
  }

  use(digest: Digest, blob: IndexedBlob): void {
    const now = this.#now()
    if (blob.usedAt > now - useStepMs) return
    this.#used.set(digest, now)
    this.#timer.added()
  }

  /** Returns those that were there. */
  remove(digests: readonly Digest[]): { readonly digest: Digest; readonly form: BlobForm }[] {
    this.flush()
    return this.database.transact(({ remove }) =>
      digests.flatMap((digest) => {
        const row = remove.get(hashOf(digest))
        return row === undefined ? [] : [{ digest, form: row.form as BlobForm }]
      }),
    )
  }

  setting(name: string): number | undefined {
    const value = this.database.run(({ setting }) => setting.get(name))?.value
    return typeof value === 'number' ? value : undefined
  }

  set(settings: Readonly<Record<string, number>>): void {
    this.database.transact(({ set }) => {
      for (const [name, value] of Object.entries(settings)) set.run(name, value)
    })
  }

  /** Writes what waits. What could not be written is dropped: it is as if it was never there. */
  flush(): void {
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble !== undefined) throw trouble
    this.#write()
  }

  close(): void {
    try {
      this.flush()
    } finally {
      this.#timer.stop()
      this.database.close()
    }
  }

  /** A row with values that were never stored is removed. */
  #find(digest: Digest, statement: 'find' | 'findWithoutContent'): IndexedBlob | undefined {
    const added = this.#added.get(digest)
    if (added !== undefined) return added
    const hash = hashOf(digest)
    const row = this.database.run((statements) => statements[statement].get(hash))
    if (row === undefined) return undefined
    const blob = parsed(digest, row)
    const isWhole = blob !== undefined && (row.content !== null || blob.form !== blobForm.row)
    if (isWhole) return blob
    this.remove([digest])
    return undefined
  }

  #add(digest: Digest, blob: AddedBlob): void {
    if (this.#trouble !== undefined) this.flush()
    this.#added.set(digest, blob)
    if (this.#added.size >= waitingBlobsMax) this.flush()
    this.#timer.added()
  }

  #writeInBackground(): void {
    const isOnlyUses = this.#added.size === 0
    try {
      this.#write()
    } catch (error) {
      if (!isOnlyUses) this.#trouble = error
    }
  }

  #write(): void {
    this.#timer.stop()
    const [added, used] = [this.#added, this.#used]
    if (added.size === 0 && used.size === 0) return
    this.#added = new Map()
    this.#used = new Map()
    this.#waitingBytes = 0
    this.database.transact(({ add, addContent, use }) => {
      for (const [digest, { form, usedAt, stored, content }] of added) {
        const hash = hashOf(digest)
        const { changes, lastInsertRowid } = add.run(hash, digestBytes(digest), stored, form, usedAt)
        if (changes === 0) use.run(usedAt, hash, usedAt - useStepMs)
        else if (content !== undefined) addContent.run(lastInsertRowid, content)
      }
      for (const [digest, usedAt] of used) use.run(usedAt, hashOf(digest), usedAt - useStepMs)
    })
  }
}

/** The 32 bytes of a digest's hash. Asserts that it is one, as it becomes part of a file's name. */
export function hashOf(digest: Digest): Uint8Array {
  const hash = Buffer.from(digest.slice(0, 64), 'hex')
  assert(hash.byteLength === 32 && digest[64] === '/', `${JSON.stringify(digest)} is no digest`)
  return hash
}

/** Undefined for values that were never stored. */
function parsed(digest: Digest, row: Record<string, SQLOutputValue>): IndexedBlob | undefined {
  const { size, form, used_at: usedAt, content } = row
  if (size !== digestBytes(digest) || typeof usedAt !== 'number') return undefined
  if (form !== 0 && form !== 1 && form !== 2 && form !== 3) return undefined
  return form === blobForm.row && content instanceof Uint8Array ? { form, usedAt, content } : { form, usedAt }
}
