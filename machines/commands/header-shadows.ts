import type { HeaderSearch } from './compiler-command.ts'

/**
 * Where the compiler would have found a file of the same name before it found `header`: for each directory of the search
 * that holds `header`, the same name in every directory before it. The directories of the files that include come first, as
 * for `#include "..."`; an angled include passes over them and over `-iquote`, so a file there need not be taken. Without
 * repetitions and without `header`; empty when `header` is in no directory of the search.
 *
 * @param standard the compiler's own directories, in its order
 * @param includers directory of the source; or with it those of the headers that may include `header`
 * @param header path as the compiler reported it, canonical
 */
export function shadowingCandidates(
  search: HeaderSearch,
  standard: readonly string[],
  includers: string | readonly string[],
  header: string,
): readonly string[] {
  const order = orderOf(search, standard)
  const candidates = new Set<string>()
  for (let i = 0; i < order.length; i++) {
    const name = nameIn(order[i]!, header)
    if (name === undefined) continue
    if (typeof includers === 'string') candidates.add(join(includers, name))
    else for (const directory of includers) candidates.add(join(directory, name))
    for (let earlier = 0; earlier < i; earlier++) candidates.add(join(order[earlier]!, name))
  }
  if (candidates.size === 0) return none
  candidates.delete(header)
  return [...candidates]
}

/** The names by which a directory of the search gives `header`, each once: its path below each of them that holds it. */
export function namesInSearch(search: HeaderSearch, standard: readonly string[], header: string): readonly string[] {
  const names = orderOf(search, standard).map((directory) => nameIn(directory, header))
  return [...new Set(names.filter((name) => name !== undefined))]
}

const none: readonly string[] = []

/** `header` relative to `directory`; undefined when it is not below it. */
function nameIn(directory: string, header: string): string | undefined {
  if (directory === '.') return header.startsWith('/') || header.startsWith('../') ? undefined : header
  if (!header.startsWith(directory)) return undefined
  if (directory === '/') return header.slice(1)
  return header[directory.length] === '/' ? header.slice(directory.length + 1) : undefined
}

function join(directory: string, name: string): string {
  if (directory === '.') return name
  return directory === '/' ? `/${name}` : `${directory}/${name}`
}

const orders = new WeakMap<HeaderSearch, WeakMap<readonly string[], readonly string[]>>()

/**
 * All directories of a search in the compiler's order. One that is there for `#include "..."` and for every include
 * counts at both places; one of `-I` that is also the compiler's own counts where the compiler's own do, as GCC's manual says.
 */
function orderOf(search: HeaderSearch, standard: readonly string[]): readonly string[] {
  let ofSearch = orders.get(search)
  if (ofSearch === undefined) {
    ofSearch = new WeakMap()
    orders.set(search, ofSearch)
  }
  let order = ofSearch.get(standard)
  if (order === undefined) {
    const { quote, angled, system, hasStandard, after } = search
    const systems = new Set([...system, ...(hasStandard ? standard : []), ...after])
    order = [...quote, ...angled.filter((directory) => !systems.has(directory)), ...systems]
    ofSearch.set(standard, order)
  }
  return order
}
