import { createHash } from 'node:crypto'

/** Whole numbers below a limit. */
export type Random = (limit: number) => number

/** What a task does with its inputs, and what it makes of them. */
const kinds = [
  'sum',
  'first',
  'program',
  'several',
  'link',
  'picky',
  'headers',
  'console',
  'place',
  'variable',
] as const

export interface RandomTask {
  readonly name: string
  readonly kind: (typeof kinds)[number]
  /** Sources and outputs of earlier tasks. */
  readonly inputs: readonly string[]
  /** What a `headers` task may find in its index: headers among the sources, and outputs that it waits for. */
  readonly headers: readonly string[]
  readonly hasGroup: boolean
  flag: number
  isThere: boolean
}

export interface MadeFile {
  readonly content: string
  readonly isExecutable?: boolean
  /** Of a link. */
  readonly target?: string
}

/** Files by path; a task that fails makes none, and neither do those that need it. */
export type MadeFiles = ReadonlyMap<string, MadeFile>

const contents = ['alpha\n', 'beta\n', 'faulty\n', 'gamma\n', 'alpha again\n']

/** A build graph of small commands over small files, what becomes of it by random edits, and what its outputs should be. */
export class RandomTree {
  readonly sources = new Map<string, string>()
  readonly tasks: RandomTask[] = []
  variable = 'one'
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
    for (let i = 0; i < 5; i++) this.sources.set(`s${i}`, this.#pick(contents))
    for (let i = 0; i < 3; i++) this.sources.set(`h${i}`, this.#pick(contents))
    for (let i = 6 + random(8); i > 0; i--) this.#addTask()
  }

  /** Another content for a source, or another list of headers for an index; often one that it had before. */
  edit(): readonly [path: string, content: string] {
    const path = this.#pick([...this.sources.keys()])
    const task = this.tasks.find(({ name }) => path === `${name}.index`)
    const content = task === undefined ? this.#pick(contents) : this.#indexOf(task.headers)
    this.sources.set(path, content)
    return [path, content]
  }

  changeFlag(): void {
    this.#pick(this.tasks).flag = this.#random(3)
  }

  /** Takes a task away that nothing needs, or brings it back. */
  toggleTask(): void {
    const task = this.#pick(this.tasks)
    const own = outputsOf(task)
    const isNeeded = this.tasks.some(
      ({ isThere, inputs, headers }) => isThere && [...inputs, ...headers].some((path) => own.includes(path)),
    )
    const hasAll = [...task.inputs, ...task.headers].every(
      (path) => this.sources.has(path) || this.tasks.some((other) => other.isThere && outputsOf(other).includes(path)),
    )
    if (task.isThere ? !isNeeded : hasAll) task.isThere = !task.isThere
  }

  outputs(): readonly string[] {
    return this.tasks.filter(({ isThere }) => isThere).flatMap(outputsOf)
  }

  manifest(): string {
    let text = 'rule run\n  command = $do\nrule headers\n  command = $do\n  depfile = $out.d\n  deps = gcc\n'
    for (const task of this.tasks.filter(({ isThere }) => isThere)) {
      const { name, kind, inputs, headers, hasGroup } = task
      const index = kind === 'headers' ? [`${name}.index`] : []
      const needed = [...inputs, ...index].join(' ')
      if (hasGroup) text += `build ${name}.group: phony ${needed}\n`
      const outputs = outputsOf(task)
      text += `build ${outputs.join(' ')}: ${kind === 'headers' ? 'headers' : 'run'} ${hasGroup ? `${name}.group` : needed}`
      text += `${headers.length > 0 ? ` || ${headers.join(' ')}` : ''}\n  do = ${commandOf(task)}\n`
      if (kind === 'console') text += '  pool = console\n'
    }
    return text
  }

  /** What a build from scratch makes in a directory. */
  made(directory: string): MadeFiles {
    const files = new Map<string, MadeFile>([...this.sources].map(([path, content]) => [path, { content }]))
    for (const task of this.tasks.filter(({ isThere }) => isThere)) {
      const isReady = [...task.inputs, ...task.headers].every((path) => files.has(path))
      if (!isReady) continue
      const read = (path: string) => files.get(path)!.content
      for (const [path, file] of madeBy(task, read, { directory, variable: this.variable })) files.set(path, file)
    }
    for (const path of this.sources.keys()) files.delete(path)
    return files
  }

  #addTask(): void {
    const name = `t${this.tasks.length}`
    const kind = this.#pick(kinds)
    const made = this.tasks.flatMap(outputsOf)
    const files = [...[...this.sources.keys()].filter((path) => /^s/.test(path)), ...made, ...made]
    const some = (max: number) => [...new Set(Array.from({ length: 1 + this.#random(max) }, () => this.#pick(files)))]
    const headers = kind === 'headers' ? [...new Set(['h0', 'h1', 'h2', ...(made.length > 0 ? some(2) : [])])] : []
    const hasGroup = this.#random(6) === 0
    this.tasks.push({ name, kind, inputs: some(3), headers, hasGroup, flag: 0, isThere: true })
    if (kind === 'headers') this.sources.set(`${name}.index`, this.#indexOf(headers))
  }

  #indexOf(headers: readonly string[]): string {
    return `${headers.filter(() => this.#random(2) === 0).join(' ')}\n`
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random(items.length)]!
  }
}

function outputsOf({ name, kind }: RandomTask): readonly string[] {
  if (kind === 'several') return [`out/${name}`, `out/${name}.short`]
  // The link comes before what it names.
  return kind === 'link' ? [`out/${name}.link`, `out/${name}`] : [`out/${name}`]
}

function commandOf({ name, kind, inputs, flag }: RandomTask): string {
  const out = `out/${name}`
  const all = inputs.join(' ')
  const sum = (more = '') => `{ echo ${flag}; cat ${all}${more}; } | md5sum > ${out}`
  switch (kind) {
    case 'sum':
      return sum()
    case 'first':
      return `head -c 1 ${inputs[0]} > ${out} # ${flag}`
    case 'program':
      return `${sum()} && chmod ${flag === 0 ? '+' : '-'}x ${out}`
    case 'several':
      return `${sum()} && head -c 2 ${out} > ${out}.short`
    case 'link':
      return `${sum()} && ln -sf ${name} ${out}.link`
    case 'picky':
      return `${sum()} && case "$$(head -c 1 ${inputs[0]})" in f) exit 1;; esac`
    case 'headers':
      return `${sum(` $$(cat ${name}.index)`)} && echo "${out}: $$(cat ${name}.index)" > ${out}.d`
    case 'console':
      return `${sum()} && echo a line`
    case 'place':
      return `{ echo ${flag}; pwd; } > ${out}`
    case 'variable':
      return `{ echo ${flag} $$MR_VARIABLE; cat ${all}; } | md5sum > ${out}`
  }
}

function madeBy(
  { name, kind, inputs, flag }: RandomTask,
  read: (path: string) => string,
  { directory, variable }: { readonly directory: string; readonly variable: string },
): ReadonlyMap<string, MadeFile> {
  const out = `out/${name}`
  const sum = (begin: string, files: readonly string[]) =>
    `${createHash('md5')
      .update(`${begin}\n${files.map(read).join('')}`)
      .digest('hex')}  -\n`
  const content = sum(`${flag}`, inputs)
  const one = (text: string, more: Omit<MadeFile, 'content'> = {}) => new Map([[out, { content: text, ...more }]])
  switch (kind) {
    case 'sum':
    case 'console':
      return one(content)
    case 'first':
      return one(read(inputs[0]!)[0]!)
    case 'program':
      return one(content, { isExecutable: flag === 0 })
    case 'several':
      return one(content).set(`${out}.short`, { content: content.slice(0, 2) })
    case 'link':
      return one(content).set(`${out}.link`, { content, target: name })
    case 'picky':
      return read(inputs[0]!).startsWith('f') ? new Map() : one(content)
    case 'headers':
      return one(
        sum(`${flag}`, [
          ...inputs,
          ...read(`${name}.index`)
            .trim()
            .split(' ')
            .filter((path) => path !== ''),
        ]),
      )
    case 'place':
      return one(`${flag}\n${directory}\n`)
    case 'variable':
      return one(sum(`${flag} ${variable}`, inputs))
  }
}
