import type { Digest } from '../../../events/digest.ts'
import type { MerkleTree, TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../../machines/graph/task-graph.ts'
import type { StagedTree } from './staged-tree.ts'

/** Trees that are remembered, by which files were added to the sources. */
const rememberedMax = 1024

/** Gives each task the tree that its command may read: the sources, and what all tasks have made that it depends on. */
export class InputRoots {
  readonly #tasks: TaskGraph
  readonly #tree: StagedTree
  readonly #roots = new Map<string, MerkleTree>()

  constructor(tasks: TaskGraph, tree: StagedTree) {
    this.#tasks = tasks
    this.#tree = tree
  }

  of(task: TaskNumber): MerkleTree {
    const entries = this.#madeBefore(task)
    if (entries.length === 0) return this.#tree.sources
    const key = entries.map(keyOf).join('\n')
    const known = this.#roots.get(key)
    if (known !== undefined) return known
    const root = this.#tree.sources.with(entries)
    if (this.#roots.size >= rememberedMax) this.#roots.delete(this.#roots.keys().next().value!)
    this.#roots.set(key, root)
    return root
  }

  /** Tasks that the task depends on and that have made one of these contents. */
  makersOf(task: TaskNumber, contents: readonly Digest[]): readonly TaskNumber[] {
    const wanted = new Set(contents)
    const makers: TaskNumber[] = []
    this.#eachBefore(task, (maker) => {
      const made = this.#tasks.outputs(maker).map((output) => this.#tree.made(output))
      if (made.some((entry) => entry !== undefined && 'digest' in entry && wanted.has(entry.digest))) makers.push(maker)
    })
    return makers
  }

  #madeBefore(task: TaskNumber): readonly TreeEntry[] {
    const entries = new Map<string, TreeEntry>()
    this.#eachBefore(task, (maker) => {
      for (const output of this.#tasks.outputs(maker)) {
        const entry = this.#tree.made(output)
        if (entry !== undefined) entries.set(entry.path, entry)
      }
    })
    return [...entries.values()]
  }

  /** Each task that it depends on, directly or by way of others. */
  #eachBefore(task: TaskNumber, visit: (maker: TaskNumber) => void): void {
    const seen = new Set<TaskNumber>([task])
    const stack = [task]
    for (let at = stack.pop(); at !== undefined; at = stack.pop())
      this.#tasks.eachDependency(at, (maker) => {
        if (seen.has(maker)) return
        seen.add(maker)
        stack.push(maker)
        visit(maker)
      })
  }
}

function keyOf(entry: TreeEntry): string {
  if ('target' in entry) return `${entry.path}\0>${entry.target}`
  return 'digest' in entry ? `${entry.path}\0${entry.digest}${entry.isExecutable ? 'x' : ''}` : entry.path
}
