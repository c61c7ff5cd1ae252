import { dirname } from 'node:path'
import type { FileVersion } from '../../events/digest.ts'
import { lookAtAll, type SourceTree } from '../../infra/source-tree/source-tree.ts'
import { mentionedFiles } from '../../machines/commands/mentioned-files.ts'
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

  /** As they are now; a library by every place at which it was looked for. */
  of(task: TaskNumber, now: TaskNow): readonly FileVersion[] | Promise<readonly FileVersion[]> {
    const { command, rspfile, cwd, depfile, deps } = this.#tasks.graph.tasks[task]!
    if (depfile !== undefined || deps !== undefined) return []
    const declared = new Set([...now.inputs, ...now.outputs].map((path) => this.#roots.toKey(path)))
    const mentioned = mentionedFiles(command!, rspfile, cwd)
    const all = new Map([...mentioned.paths, ...this.#orderOnly(task)].map((path) => [this.#roots.toKey(path), path]))
    const paths = [...all].filter(([key]) => !declared.has(key)).map(([, path]) => path)
    return whenReady(lookAtAll(this.#tree, paths), () => {
      const files: FileVersion[] = []
      for (const path of paths) {
        const digest = this.#tree.digest(path)
        if (digest !== null && !this.#tree.isDirectory(path)) files.push([path, digest])
      }
      if (mentioned.libraries.length === 0) return files
      const directories = [...mentioned.libraryDirectories, ...systemDirectories(now)]
      return whenReady(this.#libraries(mentioned.libraries, directories), (libraries) => [...files, ...libraries])
    })
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

  /** The first place decides; that the places before it have no such library is part of it. */
  #libraries(
    names: readonly string[],
    directories: readonly string[],
  ): readonly FileVersion[] | Promise<readonly FileVersion[]> {
    const places = names.flatMap((name) => {
      const fileName = name.startsWith(':') ? [name.slice(1)] : [`lib${name}.so`, `lib${name}.a`]
      const all = directories.flatMap((directory) => fileName.map((file) => `${directory}/${file}`))
      const first = all.findIndex((path) => this.#tree.has(path))
      return first < 0 ? all : all.slice(0, first + 1)
    })
    return whenReady(lookAtAll(this.#tree, places), () =>
      places.map((path): FileVersion => [path, this.#tree.digest(path)]),
    )
  }
}

/** Where the compiler has its own libraries, which is where it looks for others too. */
function systemDirectories({ surroundings }: TaskNow): readonly string[] {
  const libraries = surroundings.content.tools.filter(([path]) => /\/lib[^/]+\.(?:so[.\d]*|a)$/.test(path))
  return [...new Set(libraries.map(([path]) => dirname(path)))]
}
