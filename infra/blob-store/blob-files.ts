import { createHash, type Hash } from 'node:crypto'
import {
  closeSync,
  constants,
  createReadStream,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { copyFile, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import { type BlobForm, blobForm } from './blob-tables.ts'
import { temporaryName } from './temporary-name.ts'

/** Contents up to this size are read and written at once, in 1 ms; larger ones in pieces, so that everything else goes on. */
export const atOnceBytesMax = 1024 * 1024

/** The blobs that are files: `blobs/ab/<hash>`, compressed ones `blobs/ab/<hash>.<bytes>.zst`. */
export class BlobFiles {
  readonly #blobs: string
  readonly #temporary: string

  constructor(directory: string) {
    this.#blobs = join(directory, 'blobs')
    this.#temporary = join(directory, 'tmp')
  }

  get blobsDirectory(): string {
    return this.#blobs
  }

  get temporaryDirectory(): string {
    return this.#temporary
  }

  pathOf(digest: Digest, form: BlobForm): string {
    const path = `${this.#blobs}/${digest.slice(0, 2)}/${digest.slice(0, 64)}`
    return form === blobForm.zstdFile ? `${path}.${digest.slice(65)}.zst` : path
  }

  /** In which form a blob is there as a file, and its size there. */
  look(digest: Digest): { readonly form: BlobForm; readonly stored: number } | undefined {
    for (const form of [blobForm.file, blobForm.zstdFile]) {
      const stats = statSync(this.pathOf(digest, form), { throwIfNoEntry: false })
      const isRightSize = form === blobForm.zstdFile || stats?.size === digestBytes(digest)
      if (stats?.isFile() && isRightSize) return { form, stored: stats.size }
    }
    return undefined
  }

  remove(digest: Digest): void {
    for (const form of [blobForm.file, blobForm.zstdFile]) rmSync(this.pathOf(digest, form), { force: true })
  }

  /** Writes a content that was checked. */
  writeAtOnce(digest: Digest, content: Uint8Array): void {
    this.#whereDirectories(digest, (temporary) => {
      writeNewFile(temporary, content, 0o600)
      this.settle(temporary, digest, blobForm.file)
    })
  }

  /** Whether what was written is what the digest says. */
  async writeInPieces(digest: Digest, content: Uint8Array): Promise<boolean> {
    return this.#temporarily(digest, async (temporary) => {
      const sha256 = createHash('sha256')
      await writePieces(temporary, 0o600, async (file) => {
        for (let at = 0; at < content.byteLength; at += atOnceBytesMax) {
          const piece = content.subarray(at, at + atOnceBytesMax)
          sha256.update(piece)
          await writeAll(file, piece)
        }
      })
      return sha256.digest('hex') === digest.slice(0, 64)
    })
  }

  /** Whether the copy that was taken is what the digest says. */
  async copyIn(digest: Digest, path: string): Promise<boolean> {
    return this.#temporarily(digest, async (temporary) => {
      await copyFile(path, temporary, constants.COPYFILE_FICLONE)
      return isContent(digest, temporary, blobForm.file)
    })
  }

  /** A blob's checked content; null when there is none, or another one. */
  readAtOnce(digest: Digest, form: BlobForm): Uint8Array | null {
    const path = this.pathOf(digest, form)
    const bytes = digestBytes(digest)
    let content: Uint8Array
    try {
      const stored = readAtMost(path, bytes + 1)
      if (form !== blobForm.zstdFile) content = stored
      else content = zstdDecompressSync(stored, { maxOutputLength: Math.max(1, bytes) })
    } catch (error) {
      if (isOutOfResources(error)) throw error
      return null
    }
    return digestOf(content) === digest ? content : null
  }

  /** As {@link readAtOnce}. */
  async readInPieces(digest: Digest, form: BlobForm): Promise<Uint8Array | null> {
    const content = Buffer.allocUnsafe(digestBytes(digest))
    let length = 0
    const isWhole = await isContent(digest, this.pathOf(digest, form), form, (piece) => {
      piece.copy(content, length)
      length += piece.byteLength
    })
    return isWhole ? content : null
  }

  /** Gives a temporary file its name. */
  settle(temporary: string, digest: Digest, form: BlobForm): void {
    renameSync(temporary, this.pathOf(digest, form))
  }

  newTemporaryPath(): string {
    return join(this.#temporary, temporaryName())
  }

  makeDirectories(digest: Digest): void {
    mkdirSync(this.#temporary, { recursive: true, mode: 0o700 })
    mkdirSync(join(this.#blobs, digest.slice(0, 2)), { recursive: true, mode: 0o700 })
  }

  /** Runs `work` with the path of a temporary file. Its directories are made where they are missing. */
  #whereDirectories(digest: Digest, work: (temporary: string) => void): void {
    const temporary = this.newTemporaryPath()
    try {
      try {
        work(temporary)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        this.makeDirectories(digest)
        rmSync(temporary, { force: true })
        work(temporary)
      }
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  }

  /** Keeps the temporary file that `work` made if it says so. */
  async #temporarily(digest: Digest, work: (temporary: string) => Promise<boolean>): Promise<boolean> {
    const temporary = this.newTemporaryPath()
    this.makeDirectories(digest)
    try {
      if (!(await work(temporary))) return false
      this.settle(temporary, digest, blobForm.file)
      return true
    } finally {
      rmSync(temporary, { force: true })
    }
  }
}

/** The file's content, or as much of it as `bytesMax`. */
export function readAtMost(path: string, bytesMax: number): Uint8Array {
  const content = Buffer.allocUnsafeSlow(bytesMax)
  const file = openSync(path, 'r')
  try {
    let length = 0
    while (length < bytesMax) {
      const read = readSync(file, content, length, bytesMax - length, null)
      if (read === 0) break
      length += read
    }
    return content.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

/** Makes a file that must not be there yet. */
export function writeNewFile(path: string, content: Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    for (let at = 0; at < content.byteLength; ) at += writeSync(file, content, at)
  } finally {
    closeSync(file)
  }
}

/** Writes a file that must not be there yet. */
export async function writePieces(
  path: string,
  mode: number,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await write(file)
  } finally {
    await file.close()
  }
}

export async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) at += (await file.write(piece, at)).bytesWritten
}

/** Whether a file holds what the digest says, read in pieces. `onPiece` never gets more than the digest's size. */
export async function isContent(
  digest: Digest,
  path: string,
  form: BlobForm,
  onPiece?: (piece: Buffer) => void | Promise<void>,
): Promise<boolean> {
  const sha256 = createHash('sha256')
  try {
    await readPieces(path, form, digestBytes(digest), sha256, onPiece)
  } catch (error) {
    if (isOutOfResources(error) || (error as NodeJS.ErrnoException).syscall === 'write') throw error
    return false
  }
  return sha256.digest('hex') === digest.slice(0, 64)
}

async function readPieces(
  path: string,
  form: BlobForm,
  bytesMax: number,
  sha256: Hash,
  onPiece?: (piece: Buffer) => void | Promise<void>,
): Promise<void> {
  let bytes = 0
  const take = async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      bytes += piece.byteLength
      if (bytes > bytesMax) throw new Error('larger than its digest says')
      sha256.update(piece)
      await onPiece?.(piece)
    }
  }
  const file = createReadStream(path, { highWaterMark: atOnceBytesMax })
  if (form === blobForm.zstdFile) await pipeline(file, createZstdDecompress({ chunkSize: atOnceBytesMax }), take)
  else await pipeline(file, take)
}

/** Not the blob's fault. */
function isOutOfResources(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')
}
