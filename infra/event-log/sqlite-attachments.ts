import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import { isDamage } from '../sqlite/sqlite-trouble.ts'
import { AttachmentDamage } from './event-log.ts'

/** How an attachment's bytes are stored (column `codec`). */
const codec = { identity: 0, zstd: 1 } as const

/** Up to this size an attachment fits into its page anyway. */
const uncompressedBytesMax = 1024

/** Measured on 67 KB of JSON: level 1 gives 18.6 KB in 0.23 ms, level 3 gives 18.2 KB in 0.92 ms. */
const zstdLevel = 1

/** The attachments of a SQLite event log: a table from digest to bytes, compressed where that makes them smaller. */
export class SqliteAttachments {
  readonly #insert: StatementSync
  readonly #exists: StatementSync
  readonly #select: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO attachments (digest, codec, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    this.#exists = db.prepare('SELECT 1 FROM attachments WHERE digest = ?')
    this.#select = db.prepare('SELECT codec, bytes FROM attachments WHERE digest = ?')
  }

  add(content: Uint8Array): Digest {
    const digest = digestOf(content)
    if (this.has(digest)) return digest
    const compressed = content.byteLength > uncompressedBytesMax ? compress(content) : content
    if (compressed.byteLength < content.byteLength) this.#insert.run(digest, codec.zstd, compressed)
    else this.#insert.run(digest, codec.identity, content)
    return digest
  }

  has(digest: Digest): boolean {
    return this.#exists.get(digest) !== undefined
  }

  /** Throws {@link AttachmentDamage} when it is missing or is not what its digest says. */
  get(digest: Digest): Uint8Array {
    const content = this.#read(digest)
    if (content === undefined) throw new AttachmentDamage(`attachment ${digest} is missing`)
    if (content === null || digestOf(content) !== digest)
      throw new AttachmentDamage(`attachment ${digest} is not what was stored`)
    return content
  }

  /** Undefined: missing; null: unreadable. */
  #read(digest: Digest): Uint8Array | null | undefined {
    try {
      const row = this.#select.get(digest)
      if (row === undefined) return undefined
      if (!(row.bytes instanceof Uint8Array)) return null
      return row.codec === codec.identity ? row.bytes : decompress(row.bytes, digestBytes(digest))
    } catch (error) {
      if (isDamage(error)) return null
      throw error
    }
  }
}

function compress(content: Uint8Array): Uint8Array {
  return zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } })
}

/** Null for bytes that zstd did not write, or that become larger than `bytesMax`. */
function decompress(bytes: Uint8Array, bytesMax: number): Uint8Array | null {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: bytesMax })
  } catch {
    return null
  }
}
