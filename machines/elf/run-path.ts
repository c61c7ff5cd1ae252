/**
 * Run-time search paths of libraries in ELF files: the strings of DT_RPATH and DT_RUNPATH, which linkers write for `-rpath`.
 * Only 64-bit little-endian files are understood. Source: System V ABI, "Dynamic Section"; ELF-64 Object File Format 1.5.
 */

/** The lists of directories, as they stand in the file; `undefined` for bytes that are no ELF file of this kind. */
export function runPathsOf(content: Uint8Array): readonly string[] | undefined {
  return placesOf(content)?.map(({ start, end }) => Buffer.from(content.subarray(start, end)).toString())
}

/** What else the file names for the loader: libraries that it needs, and itself; `undefined` as for {@link runPathsOf}. */
export function loadNamesOf(content: Uint8Array): readonly string[] | undefined {
  const reader = readerOf(content)
  return reader && withinFile(() => reader.loadNames())
}

/**
 * The same file with other directories in its run-time search paths, each no longer than it was; `undefined` when that
 * can't be done: a directory gets longer, or another name in the file ends with the same bytes.
 *
 * @param move one list of directories, as it is to be
 */
export function withRunPaths(content: Uint8Array, move: (list: string) => string): Uint8Array | undefined {
  const places = placesOf(content)
  if (places === undefined) return undefined
  const moved = Uint8Array.from(content)
  for (const { start, end, isShared } of places) {
    const list = Buffer.from(content.subarray(start, end)).toString()
    const wanted = Buffer.from(move(list))
    if (wanted.toString() === list) continue
    if (isShared || wanted.length > end - start) return undefined
    moved.fill(0, start, end)
    moved.set(wanted, start)
  }
  return moved
}

interface Place {
  /** Where the string begins in the file, and where its closing zero stands. */
  readonly start: number
  readonly end: number
  /** Another string of the file is the tail of this one. */
  readonly isShared: boolean
}

const programHeader = { dynamic: 2, load: 1 }
const tags = { end: 0, needed: 1, stringTable: 5, soname: 14, runPathOld: 15, runPath: 29 }
const dynamicSymbols = 11

function placesOf(content: Uint8Array): readonly Place[] | undefined {
  const reader = readerOf(content)
  return reader && withinFile(() => reader.places())
}

function readerOf(content: Uint8Array): ElfReader | undefined {
  const isElf = content.byteLength >= 64 && Buffer.from(content.subarray(0, 6)).toString('latin1') === '\x7fELF\x02\x01'
  return isElf ? new ElfReader(content) : undefined
}

/** `undefined` when offsets lead outside of the file. */
function withinFile<Found>(find: () => Found): Found | undefined {
  try {
    return find()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

class ElfReader {
  readonly #content: Uint8Array
  readonly #view: DataView

  constructor(content: Uint8Array) {
    this.#content = content
    this.#view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  }

  places(): readonly Place[] {
    const entries = this.#dynamicEntries()
    const table = entries.find(([tag]) => tag === tags.stringTable)?.[1]
    if (table === undefined) return []
    const start = this.#offsetOf(table)
    const names = this.#names(entries)
    return entries
      .filter(([tag]) => tag === tags.runPath || tag === tags.runPathOld)
      .map(([, name]) => {
        const end = this.#content.indexOf(0, start + name)
        const isShared = names.some((other) => start + other > start + name && start + other < end)
        return { start: start + name, end, isShared }
      })
  }

  loadNames(): readonly string[] {
    const entries = this.#dynamicEntries()
    const table = entries.find(([tag]) => tag === tags.stringTable)?.[1]
    if (table === undefined) return []
    const start = this.#offsetOf(table)
    const names = entries.filter(([tag]) => tag === tags.needed || tag === tags.soname)
    return names.map(([, name]) => {
      const end = this.#content.indexOf(0, start + name)
      return Buffer.from(this.#content.subarray(start + name, end)).toString()
    })
  }

  #dynamicEntries(): readonly (readonly [tag: number, value: number])[] {
    const segment = this.#segments().find(({ type }) => type === programHeader.dynamic)
    if (segment === undefined) return []
    const entries: (readonly [number, number])[] = []
    for (let at = segment.offset; at < segment.offset + segment.bytes; at += 16) {
      const tag = this.#word(at)
      if (tag === tags.end) break
      entries.push([tag, this.#word(at + 8)])
    }
    return entries
  }

  #segments() {
    const [at, size, count] = [this.#word(0x20), this.#view.getUint16(0x36, true), this.#view.getUint16(0x38, true)]
    return Array.from({ length: count }, (_, i) => {
      const header = at + i * size
      return {
        type: this.#view.getUint32(header, true),
        offset: this.#word(header + 8),
        address: this.#word(header + 16),
        bytes: this.#word(header + 32),
      }
    })
  }

  #offsetOf(address: number): number {
    const segment = this.#segments().find(
      ({ type, address: from, bytes }) => type === programHeader.load && address >= from && address < from + bytes,
    )
    if (segment === undefined) throw new RangeError('an address that is in no segment')
    return segment.offset + address - segment.address
  }

  /** Offsets in the string table of all names but the search paths: of symbols, needed libraries, the file itself. */
  #names(entries: readonly (readonly [tag: number, value: number])[]): readonly number[] {
    const names = entries.filter(([tag]) => tag === tags.needed || tag === tags.soname).map(([, name]) => name)
    const [at, size, count] = [this.#word(0x28), this.#view.getUint16(0x3a, true), this.#view.getUint16(0x3c, true)]
    for (let i = 0; i < count; i++) {
      const header = at + i * size
      if (this.#view.getUint32(header + 4, true) !== dynamicSymbols) continue
      const [offset, bytes] = [this.#word(header + 24), this.#word(header + 32)]
      for (let symbol = offset; symbol < offset + bytes; symbol += 24) names.push(this.#view.getUint32(symbol, true))
    }
    return names
  }

  /** A 64-bit number; offsets and addresses of real files fit into 53 bits. */
  #word(at: number): number {
    return Number(this.#view.getBigUint64(at, true))
  }
}
