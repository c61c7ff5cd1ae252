import { dirname } from 'node:path'
import type { Digest } from '../../events/digest.ts'
import { lookIfReadable, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import { compilerCommand, type HeaderSearch } from '../../machines/commands/compiler-command.ts'
import { namesInSearch, shadowingCandidates } from '../../machines/commands/header-shadows.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import type { ShadowOf } from '../../machines/keys/run-reason.ts'

/**
 * Which files are there now at names that a compiler would look up before it finds a header that it read. Directories are
 * listed once while they stay as they are, instead of asking for each name: there are thousands of them, nearly all absent.
 */
export class HeaderShadows {
  readonly #tree: SourceTree
  readonly #standardOf: (task: TaskNumber) => readonly string[]
  readonly #searches: (Search | null | undefined)[]
  readonly #tasks: TaskGraph
  readonly #bySearch = new Map<HeaderSearch, Map<string, Search>>()
  readonly #names = new Map<string, { digest: Digest | null; names: ReadonlySet<string> }>()
  /** Directories that were looked at since files may have come or gone. */
  readonly #looked = new Set<string>()
  /** Grows whenever files may have come or gone. */
  #moment = 0

  /** @param standardOf directories where the task's compiler looks by itself */
  constructor(tasks: TaskGraph, tree: SourceTree, standardOf: (task: TaskNumber) => readonly string[]) {
    this.#tasks = tasks
    this.#tree = tree
    this.#standardOf = standardOf
    this.#searches = new Array(tasks.graph.tasks.length)
  }

  /** Files may have come or gone since the last look. */
  expectChanges(): void {
    this.#moment++
    this.#looked.clear()
  }

  /**
   * `undefined` for a task whose command looks for no headers, as far as is known.
   *
   * @param read what a run of it has read
   */
  of(task: TaskNumber, read: readonly string[]): ShadowOf | undefined {
    const search = read.length === 0 ? null : this.#searchOf(task)
    if (search === null) return undefined
    this.#refresh(search)
    const beside = this.#besideIncluders(search, read)
    return (header) => {
      const [found, other] = [this.#shadows(search, header), beside?.get(header)]
      return found === undefined || other === undefined ? (found ?? other) : [...new Set([...found, ...other])]
    }
  }

  #searchOf(task: TaskNumber): Search | null {
    let search = this.#searches[task]
    if (search === undefined) {
      search = this.#makeSearch(task)
      this.#searches[task] = search
    }
    return search
  }

  #makeSearch(task: TaskNumber): Search | null {
    const { command, cwd, inputs, rspfile } = this.#tasks.graph.tasks[task]!
    const order = compilerCommand(command!, cwd, rspfile?.content)?.headerSearch
    if (order === undefined) return null
    const paths = inputs.map((file) => this.#tasks.graph.files[file]!)
    const source = dirname(paths.find((path) => sourceName.test(path)) ?? paths[0] ?? '.')
    const bySource = this.#bySearch.get(order) ?? new Map<string, Search>()
    this.#bySearch.set(order, bySource)
    let search = bySource.get(source)
    if (search === undefined) {
      search = newSearch(order, source, this.#standardOf(task))
      bySource.set(source, search)
    }
    return search
  }

  /** Forgets what was found when a directory that it was found in has other names in it now. */
  #refresh(search: Search): void {
    if (search.moment === this.#moment) return
    search.moment = this.#moment
    for (const [directory, digest] of search.directories) {
      if (this.#look(directory) === digest) continue
      search.shadows.clear()
      search.beside.clear()
      search.directories.clear()
      return
    }
  }

  #shadows(search: Search, header: string): readonly string[] | undefined {
    if (search.shadows.has(header)) return search.shadows.get(header)
    const candidates = shadowingCandidates(search.order, search.standard, search.source, header)
    const found = candidates.filter((candidate) => this.#isThere(search, candidate))
    const shadows = found.length === 0 ? undefined : found
    search.shadows.set(header, shadows)
    return shadows
  }

  /**
   * What is there beside the headers that may include others by `#include "..."`, by the header that it would be taken for.
   * Names are compared with whole directories, since hardly ever one is the same.
   */
  #besideIncluders(search: Search, read: readonly string[]): ReadonlyMap<string, readonly string[]> | undefined {
    const directories = new Set<string>()
    for (const path of read) {
      let known = search.headers.get(path)
      if (known === undefined) {
        const directory = dirname(path)
        const isOwn = search.standard.some((standard) => directory === standard || directory.startsWith(`${standard}/`))
        known = { directory: isOwn ? null : directory, names: namesInSearch(search.order, search.standard, path) }
        search.headers.set(path, known)
        search.headersInOrder.push(path)
      }
      if (known.directory !== null && known.directory !== search.source) directories.add(known.directory)
    }
    let all: Map<string, string[]> | undefined
    for (const directory of directories)
      for (const [header, candidates] of this.#beside(search, directory)) {
        all ??= new Map()
        all.set(header, [...(all.get(header) ?? []), ...candidates])
      }
    return all
  }

  #beside(search: Search, directory: string): ReadonlyMap<string, readonly string[]> {
    let beside = search.beside.get(directory)
    if (beside === undefined) {
      beside = { compared: 0, found: new Map() }
      search.beside.set(directory, beside)
    }
    const names = this.#namesIn(search, directory)
    for (; beside.compared < search.headersInOrder.length; beside.compared++) {
      const header = search.headersInOrder[beside.compared]!
      for (const name of search.headers.get(header)!.names) {
        const end = name.indexOf('/')
        if (!names.has(end < 0 ? name : name.slice(0, end))) continue
        const candidate = directory === '.' ? name : `${directory}/${name}`
        if (candidate === header || !this.#isThere(search, candidate)) continue
        beside.found.set(header, [...(beside.found.get(header) ?? []), candidate])
      }
    }
    return beside.found
  }

  #isThere(search: Search, candidate: string): boolean {
    const directory = dirname(candidate)
    if (!this.#namesIn(search, directory).has(candidate.slice(directory === '.' ? 0 : directory.length + 1)))
      return false
    const looked = lookIfReadable(this.#tree, candidate)
    // A large file is read later; that it is there is known by now, and so it is of one that can't be read.
    return looked !== true || (this.#tree.digest(candidate) !== null && !this.#tree.isDirectory(candidate))
  }

  /** Asks for the directories above first: most of those that are asked for do not exist. */
  #namesIn(search: Search, directory: string): ReadonlySet<string> {
    const above = dirname(directory)
    const isBelowOne = directory !== '.' && directory !== '/' && above !== directory
    if (isBelowOne && search.directories.has(above) && !this.#namesIn(search, above).has(nameIn(directory, above)))
      return nothing
    const digest = this.#look(directory)
    search.directories.set(directory, digest)
    const known = this.#names.get(directory)
    if (known !== undefined && known.digest === digest) return known.names
    const names = new Set(digest === null ? [] : this.#tree.names(directory))
    this.#names.set(directory, { digest, names })
    return names
  }

  /** Digest of a directory's names; `null` for no directory, and for one that may not be read: no header is found there. */
  #look(directory: string): Digest | null {
    if (!this.#looked.has(directory) && lookIfReadable(this.#tree, directory) !== true) return null
    this.#looked.add(directory)
    return this.#tree.isDirectory(directory) ? this.#tree.digest(directory) : null
  }
}

/** Declared headers may come before the source. */
const sourceName = /\.(?:c|cc|cpp|cxx|c\+\+|C|m|mm|s|S)$/

interface Search {
  readonly order: HeaderSearch
  /** Directory of the source that is compiled. */
  readonly source: string
  readonly standard: readonly string[]
  /** By header: what is there before it. */
  readonly shadows: Map<string, readonly string[] | undefined>
  /** Directories whose names decided that, as they were. */
  readonly directories: Map<string, Digest | null>
  /** Headers that tasks with this search have read: where they are (`null`: where the compiler's own are), and their names. */
  readonly headers: Map<string, { readonly directory: string | null; readonly names: readonly string[] }>
  readonly headersInOrder: string[]
  /** By directory of including files: with how many headers its names were compared, and what was found. */
  readonly beside: Map<string, { compared: number; readonly found: Map<string, readonly string[]> }>
  moment: number
}

function newSearch(order: HeaderSearch, source: string, standard: readonly string[]): Search {
  return {
    order,
    source,
    standard,
    shadows: new Map(),
    directories: new Map(),
    headers: new Map(),
    headersInOrder: [],
    beside: new Map(),
    moment: -1,
  }
}

const nothing: ReadonlySet<string> = new Set()

function nameIn(path: string, directory: string): string {
  return directory === '.' ? path : path.slice(directory === '/' ? 1 : directory.length + 1)
}
