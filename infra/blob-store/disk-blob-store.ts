import { statSync } from 'node:fs'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import { BlobCollector } from './blob-collector.ts'
import { atOnceBytesMax, BlobFiles, readAtMost } from './blob-files.ts'
import { BlobIndex, type IndexedBlob } from './blob-index.ts'
import { type BlobLimits, type BlobStore, BlobStoreError, type BlobUsage, type CollectedBlobs } from './blob-store.ts'
import { type BlobForm, blobForm } from './blob-tables.ts'
import { copyInPlaceOf, writeInPlaceOf } from './copy-out.ts'
import { fileTrouble } from './file-trouble.ts'

export interface DiskBlobStoreOptions {
  /** Of the user's cache; made with mode 0700 where it is missing. */
  readonly directory: string
  /** ms since 1970; what is used when. Default: the system's. */
  readonly now?: () => number
  /** Is told, at most once and in one line, that the index was damaged and is begun anew. */
  readonly onTrouble?: (line: string) => void
}

/**
 * Up to this size a content is a row, beyond it a file. Measured on ext4: a row of 12 or 24 KiB takes 0.2 ms to write; a
 * file 0.06 ms where its directory is well used, 1 ms where it is new. A row is read in half the time.
 */
const rowBytesMax = 32 * 1024

/**
 * Opens the blobs in a directory, and makes it where it is missing. Any number of processes may have it open, and do what
 * they like to it. Throws {@link BlobStoreError}.
 */
export function openDiskBlobStore(options: DiskBlobStoreOptions): BlobStore {
  const { directory, now = Date.now, onTrouble } = options
  return new DiskBlobStore(directory, new BlobIndex({ directory, now, onTrouble }))
}

class DiskBlobStore implements BlobStore {
  readonly #index: BlobIndex
  readonly #files: BlobFiles
  readonly #collector: BlobCollector

  constructor(directory: string, index: BlobIndex) {
    this.#index = index
    this.#files = new BlobFiles(directory)
    this.#collector = new BlobCollector(index, this.#files)
  }

  put(digest: Digest, content: Uint8Array): boolean | Promise<boolean> {
    if (content.byteLength !== digestBytes(digest)) return false
    if (content.byteLength > atOnceBytesMax) return this.#putLarge(digest, content)
    if (digestOf(content) !== digest) return false
    return this.#guarded(() => {
      if (this.#use(digest)) return true
      this.#keep(digest, content)
      return true
    })
  }

  putFile(digest: Digest, path: string): boolean | Promise<boolean> {
    return this.#guarded(() => {
      if (this.#use(digest)) return true
      if (sizeOf(path) !== digestBytes(digest)) return false
      if (digestBytes(digest) > atOnceBytesMax) return this.#putLargeFile(digest, path)
      const content = readChecked(digest, path)
      if (content === null) return false
      this.#keep(digest, content)
      return true
    })
  }

  get(digest: Digest): Uint8Array | null | Promise<Uint8Array | null> {
    return this.#guarded(() => {
      const blob = this.#find(digest)
      if (blob === undefined) return null
      if (blob.content === undefined && digestBytes(digest) > atOnceBytesMax) return this.#getLarge(digest, blob)
      const content = this.#contentAtOnce(digest, blob)
      return content === blob.content && content !== null ? Uint8Array.from(content) : content
    })
  }

  copyTo(
    digest: Digest,
    path: string,
    { isExecutable }: { readonly isExecutable: boolean },
  ): boolean | Promise<boolean> {
    return this.#guarded(() => {
      const blob = this.#find(digest)
      if (blob === undefined) return false
      if (blob.content === undefined && digestBytes(digest) > atOnceBytesMax)
        return this.#copyLarge(digest, blob, path, isExecutable)
      const content = this.#contentAtOnce(digest, blob)
      if (content === null) return false
      return writeInPlaceOf(path, content, isExecutable).then(() => true)
    })
  }

  missing(digests: readonly Digest[]): readonly Digest[] {
    return this.#guarded(() => digests.filter((digest) => !this.#use(digest)))
  }

  async remove(digests: Iterable<Digest>): Promise<number> {
    return this.#guarded(() => this.#collector.remove([...digests]))
  }

  flush(): void {
    this.#index.flush()
  }

  async usage(): Promise<BlobUsage> {
    return this.#collector.usage()
  }

  async limits(): Promise<BlobLimits> {
    return this.#collector.limits()
  }

  async setLimits(limits: BlobLimits): Promise<void> {
    this.#collector.setLimits(limits)
  }

  async collect(now: number): Promise<CollectedBlobs> {
    return this.#guarded(() => this.#collector.collect(now))
  }

  async verify(): Promise<{ readonly checked: number; readonly damaged: readonly Digest[] }> {
    return this.#guarded(() => this.#collector.verify())
  }

  async close(): Promise<void> {
    this.#index.close()
  }

  /** A blob that is there, as far as can be told without reading it. A file that the index lost is taken in again. */
  #find(digest: Digest): IndexedBlob | undefined {
    return this.#index.find(digest) ?? this.#adopt(digest)
  }

  #adopt(digest: Digest): IndexedBlob | undefined {
    if (digestBytes(digest) <= rowBytesMax) return undefined
    const file = this.#files.look(digest)
    if (file === undefined) return undefined
    this.#index.addFile(digest, file.form, file.stored)
    return this.#index.findWithoutContent(digest)
  }

  /** Marks a blob as used, if it is there. */
  #use(digest: Digest): boolean {
    const blob = this.#index.findWithoutContent(digest) ?? this.#adopt(digest)
    if (blob === undefined) return false
    if (blob.form !== blobForm.row && this.#files.look(digest) === undefined) {
      this.#index.remove([digest])
      return false
    }
    this.#index.use(digest, blob)
    return true
  }

  #keep(digest: Digest, content: Uint8Array): void {
    if (content.byteLength <= rowBytesMax) {
      this.#index.addRow(digest, Uint8Array.from(content))
      return
    }
    this.#files.writeAtOnce(digest, content)
    this.#index.addFile(digest, blobForm.file, content.byteLength)
  }

  /** Null, and the blob removed, when it is damaged. */
  #contentAtOnce(digest: Digest, blob: IndexedBlob): Uint8Array | null {
    const content = blob.content ?? this.#readFile(digest, blob.form)
    if (content !== null && (blob.content === undefined || digestOf(content) === digest)) {
      this.#index.use(digest, blob)
      return content
    }
    this.#collector.drop(digest)
    return null
  }

  /** Another process may have compressed it meanwhile. */
  #readFile(digest: Digest, form: BlobForm): Uint8Array | null {
    const content = this.#files.readAtOnce(digest, form)
    if (content !== null) return content
    const other = this.#files.look(digest)?.form
    return other === undefined ? null : this.#files.readAtOnce(digest, other)
  }

  async #putLarge(digest: Digest, content: Uint8Array): Promise<boolean> {
    return this.#guarded(async () => {
      if (this.#use(digest)) return digestOf(content) === digest
      if (!(await this.#files.writeInPieces(digest, content))) return false
      this.#index.addFile(digest, blobForm.file, content.byteLength)
      return true
    })
  }

  async #putLargeFile(digest: Digest, path: string): Promise<boolean> {
    if (!(await this.#files.copyIn(digest, path))) return false
    this.#index.addFile(digest, blobForm.file, digestBytes(digest))
    return true
  }

  async #getLarge(digest: Digest, blob: IndexedBlob): Promise<Uint8Array | null> {
    const isThere = (form: BlobForm) => this.#files.readInPieces(digest, form)
    const content = (await isThere(blob.form)) ?? (await this.#inOtherForm(digest, isThere, null))
    return this.#settled(digest, blob, content, content !== null)
  }

  async #copyLarge(digest: Digest, blob: IndexedBlob, path: string, isExecutable: boolean): Promise<boolean> {
    const copy = (form: BlobForm) =>
      copyInPlaceOf(path, digest, { path: this.#files.pathOf(digest, form), form }, isExecutable)
    const isCopied = (await copy(blob.form)) || (await this.#inOtherForm(digest, copy, false))
    return this.#settled(digest, blob, isCopied, isCopied)
  }

  async #inOtherForm<Result>(
    digest: Digest,
    work: (form: BlobForm) => Promise<Result>,
    otherwise: Result,
  ): Promise<Result> {
    const other = this.#files.look(digest)?.form
    return other === undefined ? otherwise : work(other)
  }

  #settled<Result>(digest: Digest, blob: IndexedBlob, result: Result, isWhole: boolean): Result {
    if (isWhole) this.#index.use(digest, blob)
    else this.#collector.drop(digest)
    return result
  }

  #guarded<Result>(work: () => Result): Result {
    try {
      const result = work()
      return result instanceof Promise ? (result.catch((error) => this.#fail(error)) as Result) : result
    } catch (error) {
      return this.#fail(error)
    }
  }

  #fail(error: unknown): never {
    const trouble = fileTrouble(error)
    throw trouble === null ? error : new BlobStoreError(`blob store: ${trouble}`, { cause: error })
  }
}

/** Undefined: there is no such file. */
function sizeOf(path: string): number | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats?.isFile() ? stats.size : undefined
  } catch {
    return undefined
  }
}

/** Null when it is another content, or can't be read. */
function readChecked(digest: Digest, path: string): Uint8Array | null {
  try {
    const content = readAtMost(path, digestBytes(digest) + 1)
    return digestOf(content) === digest ? content : null
  } catch {
    return null
  }
}
