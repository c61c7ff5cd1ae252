/** Sizes in bytes, and the magic number. Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const headerBytes = 32
const frameHeaderBytes = 24
const magicLittleEndian = 0x377f0682
const magicBigEndian = 0x377f0683

/**
 * The first frame (counted from 1; 0: the header) of a SQLite write-ahead log that is not what was written although a
 * transaction was completed in it or behind it; null for a log that is whole. SQLite takes such a frame for the log's end
 * and drops all behind it in silence. What a process leaves that dies while it writes has no completed transaction and is
 * not damage. Nobody may write to the log meanwhile.
 */
export function walDamage(wal: Uint8Array): number | null {
  if (wal.byteLength < headerBytes + frameHeaderBytes) return null
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength)
  const magic = view.getUint32(0)
  const checksum = new WalChecksum(view, magic === magicLittleEndian)
  checksum.add(0, 24)
  if ((magic !== magicLittleEndian && magic !== magicBigEndian) || !checksum.equals(24)) return 0
  const pageBytes = view.getUint32(8)
  const frameBytes = frameHeaderBytes + pageBytes
  let damaged: number | null = null
  for (let frame = 1, at = headerBytes; at + frameBytes <= wal.byteLength; frame++, at += frameBytes) {
    // Frames of an earlier use of the file stay behind those of this one; both of their salts differ.
    const ownSalts =
      Number(view.getUint32(at + 8) === view.getUint32(16)) + Number(view.getUint32(at + 12) === view.getUint32(20))
    if (damaged === null) {
      checksum.add(at, 8)
      checksum.add(at + frameHeaderBytes, pageBytes)
      if (ownSalts === 2 && checksum.equals(at + 16)) continue
      damaged = frame
    }
    const isCommit = view.getUint32(at + 4) !== 0
    if (ownSalts > 0 && isCommit) return damaged
  }
  return null
}

/** The running checksum of a write-ahead log: two 32-bit sums over pairs of words. */
class WalChecksum {
  readonly #view: DataView
  readonly #isLittleEndian: boolean
  #first = 0
  #second = 0

  constructor(view: DataView, isLittleEndian: boolean) {
    this.#view = view
    this.#isLittleEndian = isLittleEndian
  }

  add(offset: number, bytes: number): void {
    for (let at = offset; at < offset + bytes; at += 8) {
      this.#first = (this.#first + this.#view.getUint32(at, this.#isLittleEndian) + this.#second) >>> 0
      this.#second = (this.#second + this.#view.getUint32(at + 4, this.#isLittleEndian) + this.#first) >>> 0
    }
  }

  /** Whether the two words at the offset, always big-endian, are the checksum. */
  equals(offset: number): boolean {
    return this.#view.getUint32(offset) === this.#first && this.#view.getUint32(offset + 4) === this.#second
  }
}
