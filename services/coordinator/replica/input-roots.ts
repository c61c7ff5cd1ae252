import type { Digest } from '../../../events/digest.ts'
import type { MerkleTree, TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import type { TreeDirectory } from '../../../infra/input-tree/tree-directory.ts'
import type { TaskNumber } from '../../../machines/graph/build-graph.ts'
import type { TaskGraph } from '../../../machines/graph/task-graph.ts'
import type { StagedTree } from './staged-tree.ts'

/** Gives each task the tree that its command may read: the sources, and what all tasks have made that it depends on. */
export class InputRoots {
  readonly #tasks: TaskGraph
  readonly #tree: StagedTree
  /** What a task that has ended leaves to those that depend on it: its own inputs, and what it has made. */
  readonly #left = new Map<TaskNumber, MerkleTree>()

  constructor(tasks: TaskGraph, tree: StagedTree) {
    this.#tasks = tasks
    this.#tree = tree
  }

  of(task: TaskNumber): MerkleTree {
    // First those that others are made of: a chain of thousands must not be walked by recursion.
    for (const maker of this.#unknownBefore(task)) this.#left.set(maker, this.#withOutputs(this.#joined(maker), maker))
    return this.#joined(task)
  }

  /** Something that was made is made again. */
  forget(): void {
    this.#left.clear()
  }

  /** The tree of the maker that leaves most, and what the others leave beyond it. */
  #joined(task: TaskNumber): MerkleTree {
    const trees = new Set<MerkleTree>()
    this.#tasks.eachDependency(task, (maker) => trees.add(this.#left.get(maker)!))
    const [largest = this.#tree.sources, ...others] = [...trees].sort((a, b) => b.files - a.files)
    if (others.length === 0) return largest
    const missing = others.flatMap((tree) => [...entriesBeyond(tree.root, this.#tree.sources.root, '')])
    return largest.with(missing)
  }

  #withOutputs(tree: MerkleTree, maker: TaskNumber): MerkleTree {
    const entries = this.#tasks.outputs(maker).flatMap((output) => this.#tree.made(output) ?? [])
    return entries.length === 0 ? tree : tree.with(entries)
  }

  /** Tasks before it whose trees are not known, each after those that it depends on. */
  #unknownBefore(task: TaskNumber): readonly TaskNumber[] {
    const order: TaskNumber[] = []
    const seen = new Set<TaskNumber>()
    const stack: { readonly task: TaskNumber; readonly isDone: boolean }[] = [{ task, isDone: false }]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at.isDone) {
        if (at.task !== task) order.push(at.task)
        continue
      }
      if (seen.has(at.task)) continue
      seen.add(at.task)
      stack.push({ task: at.task, isDone: true })
      this.#tasks.eachDependency(at.task, (maker) => {
        if (!seen.has(maker) && !this.#left.has(maker)) stack.push({ task: maker, isDone: false })
      })
    }
    return order
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

/** What a directory has that another one lacks or has otherwise. */
function* entriesBeyond(
  directory: TreeDirectory,
  other: TreeDirectory | undefined,
  path: string,
): Generator<TreeEntry, void> {
  for (const [name, child] of directory.children) {
    const at = path === '' ? name : `${path}/${name}`
    const there = other?.children.get(name)
    if (there === child) continue
    if (child.kind === 'directory') yield* entriesBeyond(child, there?.kind === 'directory' ? there : undefined, at)
    else if (child.kind === 'symlink') yield { path: at, target: child.target }
    else yield { path: at, digest: child.digest, isExecutable: child.isExecutable }
  }
}
