import { posix } from 'node:path'
import type { Digest } from '../../events/digest.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { MerkleTree } from '../../infra/input-tree/input-tree.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { inDirectory } from '../in-directory.ts'
import { UnrememberedTree } from '../unremembered-tree.ts'
import type { Locate } from './locate.ts'

/** The files of one order in its stage: inputs by the digests of their tree, which no command can change, outputs as they are. */
export class StageTree extends UnrememberedTree implements SourceTree {
  readonly #order: TaskOrder
  readonly #inputs: MerkleTree
  readonly #outputs: ReadonlySet<string>
  readonly #disk: SourceTree
  readonly #locate: Locate

  /** @param disk looks at absolute paths of this machine */
  constructor(order: TaskOrder, inputs: MerkleTree, disk: SourceTree, locate: Locate) {
    super()
    this.#order = order
    this.#inputs = inputs
    this.#outputs = new Set(order.outputs)
    this.#disk = disk
    this.#locate = locate
  }

  look(path: string): void | Promise<void> {
    return this.#input(path) === undefined ? this.#disk.look(this.#locate(path)) : undefined
  }

  ensureLooked(path: string): void | Promise<void> {
    return this.look(path)
  }

  expectChanges(): void {
    this.#disk.expectChanges()
  }

  digest(path: string): Digest | null {
    return this.#input(path) ?? this.#disk.digest(this.#locate(path))
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

  #input(path: string): Digest | undefined {
    if (this.#outputs.has(path)) return undefined
    const found = this.#inputs.get(posix.normalize(inDirectory(this.#order.directory, path)).slice(1))
    return found?.kind === 'file' ? found.digest : undefined
  }
}
