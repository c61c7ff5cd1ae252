import { relative } from 'node:path'

/**
 * The directories that a build's files live in: the graph's own and the one that holds the sources. In keys, paths stand
 * relative to them, so that the same work in another place has the same keys.
 */
export class Roots {
  /** Absolute paths, innermost first, as what lies in two of them counts to the inner one. */
  readonly #roots: readonly Root[]
  readonly #directory: string
  readonly #keys = new Map<string, string>()
  readonly #pattern: RegExp

  /**
   * @param directory the graph's directory, which relative paths are relative to; absolute
   * @param source the directory that holds the sources, absolute; absent where it is the graph's own or not known
   */
  constructor(directory: string, source?: string) {
    this.#directory = directory
    const roots: Root[] = [{ path: directory, name: '<build>' }]
    if (source !== undefined && source !== directory && source !== '/') roots.push({ path: source, name: '<source>' })
    this.#roots = roots.sort((a, b) => b.path.length - a.path.length)
    const paths = this.#roots.map(({ path }) => path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
    this.#pattern = new RegExp(
      `(?<=^|[\\s"'=:,;(@]|(?:^|[\\s"'])-[A-Za-z]{1,12})(?:${paths})(?=$|[/\\s"'=:,;)&|<>])`,
      'g',
    )
  }

  /** Absolute paths of the roots: the graph's directory, then that of the sources where it is another one. */
  get paths(): readonly string[] {
    return this.#roots.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ path }) => path)
  }

  /** A path of the graph in root-relative form: `<build>/x`, `<source>/x`, or as it is when it lies outside. */
  toKey(path: string): string {
    let key = this.#keys.get(path)
    if (key === undefined) {
      key = this.#keyOf(path)
      this.#keys.set(path, key)
    }
    return key
  }

  /**
   * As `toKey`, but a name of the file by which `fromSpelling` gives it back as it was written here: relative or absolute.
   * Compilers report headers in the form of their `-I`, and only in this form they are found in that directory again.
   */
  toSpelling(path: string): string {
    const key = this.toKey(path)
    const isUsual = path.startsWith('/') !== key.startsWith('<build>')
    return isUsual ? key : `=${key}`
  }

  /** The path by which the build's graph or its compilers write the file here. */
  fromSpelling(spelling: string): string {
    const isUsual = !spelling.startsWith('=')
    const key = isUsual ? spelling : spelling.slice(1)
    if (key.startsWith('<build>')) {
      const below = key.slice('<build>'.length)
      return isUsual ? below.slice(1) || '.' : `${this.#directory}${below}`
    }
    const source = this.#roots.find(({ name }) => name === '<source>')?.path ?? this.#directory
    const absolute = key.startsWith('<source>') ? `${source}${key.slice('<source>'.length)}` : key
    return isUsual ? absolute : relative(this.#directory, absolute) || '.'
  }

  /**
   * A command line in root-relative form: its text between mentions of roots, and the roots' names, in turns. What a
   * compiler would take as a mere value stays as it is, since the result may hold it: macro definitions, names of libraries.
   */
  inCommand(text: string): readonly string[] {
    if (!this.#roots.some(({ path }) => text.includes(path))) return [text]
    const pieces: string[] = []
    let end = 0
    for (const match of text.matchAll(this.#pattern)) {
      const word = wordStart(text, match.index)
      if (isValue(text.slice(word, match.index)) || isAfterDefine(text, word)) continue
      pieces.push(text.slice(end, match.index), this.#roots.find(({ path }) => path === match[0])!.name)
      end = match.index + match[0].length
    }
    pieces.push(text.slice(end))
    return pieces
  }

  #keyOf(path: string): string {
    const absolute = path.startsWith('/') ? path : joined(this.#directory, path)
    for (const { path: root, name } of this.#roots)
      if (absolute.startsWith(root) && (absolute.length === root.length || absolute[root.length] === '/'))
        return `${name}${absolute.slice(root.length)}`
    return absolute
  }
}

interface Root {
  readonly path: string
  readonly name: '<build>' | '<source>'
}

/** A canonical relative path may climb, but only at its beginning. */
function joined(directory: string, path: string): string {
  let base = directory
  let rest = path
  while (rest === '..' || rest.startsWith('../')) {
    base = base.slice(0, Math.max(0, base.lastIndexOf('/')))
    rest = rest.slice(3)
  }
  return rest === '' || rest === '.' ? base || '/' : `${base}/${rest}`
}

/** Where the shell word begins that `at` is in. */
function wordStart(text: string, at: number): number {
  let start = 0
  let quote: string | undefined
  for (let i = 0; i < at; i++) {
    const character = text[i]!
    if (quote !== undefined) {
      if (character === quote) quote = undefined
      else if (character === '\\' && quote === '"') i++
    } else if (character === '"' || character === "'") quote = character
    else if (character === '\\') i++
    else if (character === ' ' || character === '\t' || character === '\n') start = i + 1
  }
  return start
}

/** `-D NAME=value` in two words. */
function isAfterDefine(text: string, word: number): boolean {
  return /(?:^|\s)-D\s+$/.test(text.slice(Math.max(0, word - 8), word))
}

function isValue(word: string): boolean {
  return /^["']?-D|-install_name|-soname/.test(word)
}
