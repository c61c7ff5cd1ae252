import { dirname } from 'node:path'
import type { FileVersion } from '../../events/digest.ts'
import { lookIfAllReadable, type SourceTree, SourceTreeError } from '../../infra/source-tree/source-tree.ts'
import { compilerCommand } from '../../machines/commands/compiler-command.ts'
import { type MentionedFiles, mentionedFiles } from '../../machines/commands/mentioned-files.ts'
import type { TaskNumber } from '../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../machines/graph/task-graph.ts'
import type { Roots } from '../../machines/keys/roots.ts'
import type { TaskNow } from '../../machines/keys/run-reason.ts'
import { whenReady } from '../when-ready.ts'

/**
 * Files that a task may read although it does not declare to: its order-only inputs, files that its command mentions, and
 * libraries that it links. Where no depfile tells what a command reads, they are part of its key, for what was made from
 * other contents of them must not be taken from the cache. Whether the task runs again in its own tree stays a matter of
 * what it declares.
 */
export class UndeclaredInputs {
  readonly #tasks: TaskGraph
  readonly #tree: SourceTree
  /** A command that begins with `cd /absolute &&` has another name for its own outputs. */
  readonly #roots: Roots

  constructor(tasks: TaskGraph, tree: SourceTree, roots: Roots) {
    this.#tasks = tasks
    this.#tree = tree
    this.#roots = roots
  }

  /** As they are now; a library by every place at which it was looked for. `null` when they can't be told. */
  of(task: TaskNumber, now: TaskNow): Undeclared | Promise<Undeclared> {
    const { command, rspfile, cwd, depfile, deps } = this.#tasks.graph.tasks[task]!
    if (depfile !== undefined || deps !== undefined) return []
    const declared = new Set([...now.inputs, ...now.outputs].map((path) => this.#roots.toKey(path)))
    const mentioned = mentionedFiles(command!, rspfile, cwd)
    const all = new Map([...mentioned.paths, ...this.#orderOnly(task)].map((path) => [this.#roots.toKey(path), path]))
    const paths = [...all].filter(([key]) => !declared.has(key)).map(([, path]) => path)
    const isLink = compilerCommand(command!, cwd, rspfile?.content) !== undefined
    const places = isLink ? this.#places(mentioned, systemDirectories(now)) : []
    if (places === null) return null
    return whenReady(this.#versions([...paths, ...places]), (versions) =>
      // Of what is only mentioned, nothing where no file is; of libraries, also where there is none.
      versions === null
        ? null
        : versions.filter(([path, digest], i) => i >= paths.length || (digest !== null && this.#isFile(path))),
    )
  }

  /** Files made by tasks that it waits for without reading them, as far as it declares; groups by what they stand for. */
  #orderOnly(task: TaskNumber): readonly string[] {
    const found = new Set<string>()
    const seen = new Set<TaskNumber>()
    const { files, tasks } = this.#tasks.graph
    const take = (file: number) => {
      const maker = this.#tasks.maker(file)
      if (maker === undefined || tasks[maker]!.command !== undefined) found.add(files[file]!)
      else if (!seen.has(maker)) {
        seen.add(maker)
        tasks[maker]!.inputs.forEach(take)
        tasks[maker]!.orderOnly.forEach(take)
      }
    }
    tasks[task]!.orderOnly.forEach(take)
    return [...found]
  }

  /**
   * Where each library is looked for, up to the directory that has it. `null` for one that is in none of those that are known:
   * which of them the linker finds is not known either.
   */
  #places({ libraries, libraryDirectories }: MentionedFiles, system: readonly string[]): readonly string[] | null {
    const directories = [...libraryDirectories, ...system]
    const places: string[] = []
    for (const name of libraries) {
      const names = name.startsWith(':') ? [name.slice(1)] : [`lib${name}.so`, `lib${name}.a`]
      const first = directories.findIndex((directory) => names.some((file) => existsIn(this.#tree, directory, file)))
      if (first < 0) return null
      for (const directory of directories.slice(0, first + 1))
        for (const file of names) places.push(`${directory}/${file}`)
    }
    return places
  }

  /** `null` when one is there and can't be read. */
  #versions(paths: readonly string[]): Undeclared | Promise<Undeclared> {
    return whenReady(lookIfAllReadable(this.#tree, paths), (isReadable) =>
      isReadable.every((one) => one) ? paths.map((path): FileVersion => [path, this.#tree.digest(path)]) : null,
    )
  }

  #isFile(path: string): boolean {
    return !this.#tree.isDirectory(path)
  }
}

/** What a task may read undeclared; `null`: that can't be told, and its results are not cached. */
type Undeclared = readonly FileVersion[] | null

function existsIn(tree: SourceTree, directory: string, file: string): boolean {
  try {
    return tree.has(`${directory}/${file}`)
  } catch (error) {
    if (error instanceof SourceTreeError) return false
    throw error
  }
}

/** Where the compiler has its own libraries, which is where it looks for others too. */
function systemDirectories({ surroundings }: TaskNow): readonly string[] {
  const libraries = surroundings.content.tools.filter(([path]) => /\/lib[^/]+\.(?:so[.\d]*|a)$/.test(path))
  return [...new Set([...libraries.map(([path]) => dirname(path)), '/usr/local/lib', '/lib', '/usr/lib'])]
}
