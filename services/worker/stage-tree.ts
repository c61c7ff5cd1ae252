import { posix } from 'node:path'
import { type Digest, digestOf } from '../../events/digest.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { MerkleTree } from '../../infra/input-tree/input-tree.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { inDirectory } from '../in-directory.ts'
import { UnrememberedTree } from '../unremembered-tree.ts'
import { strayLink } from './inside-stage.ts'
import type { Locate } from './locate.ts'

export interface StageTreeOptions {
  readonly order: TaskOrder
  readonly inputs: MerkleTree
  /** Looks at absolute paths of this machine. */
  readonly disk: SourceTree
  readonly locate: Locate
  /** The stage's own directory. */
  readonly stage: string
}

/** The files of one order in its stage: inputs by the digests of their tree, which no command can change, outputs as they are. */
export class StageTree extends UnrememberedTree implements SourceTree {
  readonly #order: TaskOrder
  readonly #inputs: MerkleTree
  readonly #outputs: ReadonlySet<string>
  readonly #disk: SourceTree
  readonly #locate: Locate

  readonly #stage: string

  constructor({ order, inputs, disk, locate, stage }: StageTreeOptions) {
    super()
    this.#order = order
    this.#inputs = inputs
    this.#outputs = new Set(order.outputs)
    this.#disk = disk
    this.#locate = locate
    this.#stage = stage
  }

  look(path: string): void | Promise<void> {
    return this.#known(path) === undefined ? this.#disk.look(this.#locate(path)) : undefined
  }

  ensureLooked(path: string): void | Promise<void> {
    return this.look(path)
  }

  expectChanges(): void {
    this.#disk.expectChanges()
  }

  digest(path: string): Digest | null {
    return this.#known(path) ?? this.#disk.digest(this.#locate(path))
  }

  has(path: string): boolean {
    return this.#input(path) !== undefined || this.#disk.has(this.#locate(path))
  }

  isDirectory(path: string): boolean {
    return this.#input(path) === undefined && this.#disk.isDirectory(this.#locate(path))
  }

  names(path: string): readonly string[] {
    return this.#disk.names(this.#locate(path))
  }

  noteWritten(path: string, digest: Digest): void {
    this.#disk.noteWritten(this.#locate(path), digest)
  }

  changedAt(path: string): number | null {
    return this.#input(path) === undefined ? this.#disk.changedAt(this.#locate(path)) : null
  }

  modifiedAt(path: string): number | null {
    return this.#disk.modifiedAt(this.#locate(path))
  }

  /** What needs no look at the disk: inputs, and links that lead out of the stage, which are told by what they say. */
  #known(path: string): Digest | undefined {
    const input = this.#input(path)
    if (input !== undefined) return input
    const target = strayLink(this.#stage, this.#locate(path))
    return target === undefined ? undefined : digestOf(`link\0${target}`)
  }

  #input(path: string): Digest | undefined {
    if (this.#outputs.has(path)) return undefined
    const found = this.#inputs.get(posix.normalize(inDirectory(this.#order.directory, path)).slice(1))
    return found?.kind === 'file' ? found.digest : undefined
  }
}
