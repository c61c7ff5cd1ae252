import { mkdirSync } from 'node:fs'
import { posix } from 'node:path'
import type { Digest } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import type { StageOrder, TaskOrder } from '../../events/task-order.ts'
import type { BlobStore } from '../../infra/blob-store/blob-store.ts'
import type { MerkleTree, TreeEntry } from '../../infra/input-tree/input-tree.ts'
import type { Stage } from '../../infra/input-tree/stage.ts'
import type { Sandbox, SandboxedCommand } from '../../infra/sandbox/sandbox.ts'
import type { SourceTree } from '../../infra/source-tree/source-tree.ts'
import { inDirectory } from '../in-directory.ts'
import { checkInStage, removeLink } from './inside-stage.ts'
import type { Locate } from './locate.ts'
import { StageTree } from './stage-tree.ts'
import type { OpenPlace, Workplace } from './workplace.ts'

export interface StagedWorkplaceOptions {
  /** One for each slot. */
  readonly stages: readonly Stage[]
  /** An input tree of the blob store. */
  readonly readTree: (root: Digest) => Promise<TreeOutcome>
  readonly sandbox: Sandbox
  readonly blobs: BlobStore
  /** All that is in a directory of this machine and below it; paths are absolute, without the slash at their start. */
  readonly scan: (directory: string) => Promise<readonly TreeEntry[]>
  /** Looks at absolute paths of this machine. */
  readonly disk: () => SourceTree
}

type TreeOutcome =
  | { readonly kind: 'read'; readonly tree: MerkleTree }
  | { readonly kind: 'missing'; readonly directories: readonly { readonly path: string; readonly digest: Digest }[] }

/** Input trees of which a worker says that it has them. */
const treesMax = 32

/** Stages on this machine's disk, each with the inputs of one order, in which a sandbox runs its command. */
export class StagedWorkplace implements Workplace {
  readonly #options: StagedWorkplaceOptions
  /** Free stages with the tree that is in them; the one used last is at the end. */
  readonly #free: { readonly stage: Stage; readonly tree: Digest | undefined }[]
  /** Newest last. */
  readonly #trees = new Set<Digest>()

  constructor(options: StagedWorkplaceOptions) {
    this.#options = options
    this.#free = options.stages.map((stage) => ({ stage, tree: undefined }))
  }

  /** Digests of input trees that were brought here lately, newest first. */
  get trees(): readonly Digest[] {
    return [...this.#trees].reverse()
  }

  async open(order: TaskOrder): Promise<OpenPlace | Failure> {
    const { stage: staging } = order
    if (staging === undefined)
      return { kind: 'invalid', message: 'the order names no input tree, and this worker has no files of its own' }
    const reading = await this.#options.readTree(staging.inputRoot)
    if (reading.kind === 'missing') return lostInput(reading.directories)
    const stage = this.#take(staging.inputRoot)
    try {
      const brought = await stage.bring(reading.tree)
      if (brought.kind === 'lost-input') {
        this.#free.push({ stage, tree: undefined })
        return lostInput(brought.lost)
      }
      this.#note(staging.inputRoot)
      return this.#place(order, staging, stage, reading.tree)
    } catch (error) {
      this.#free.push({ stage, tree: undefined })
      throw error
    }
  }

  #place(order: TaskOrder, staging: StageOrder, stage: Stage, inputs: MerkleTree): OpenPlace {
    const locate: Locate = (path) => {
      const place = stage.directory + posix.normalize(inDirectory(order.directory, path))
      checkInStage(stage.directory, place, path)
      return place
    }
    const writable = writableDirectories(order, staging)
    // Also where the command is never started, what is done here is to be undone.
    stage.noteWritable(writable.map((directory) => directory.slice(1)))
    for (const directory of [...staging.roots, ...writable, workingDirectory(order)]) {
      checkInStage(stage.directory, `${stage.directory}${directory}/.`, directory)
      mkdirSync(stage.directory + directory, { recursive: true })
    }
    for (const path of writtenFiles(order)) removeLink(locate(path))
    const { depfile } = order
    let sandboxed: SandboxedCommand | undefined
    let hasEnded = false
    return {
      locate,
      tree: new StageTree({ order, inputs, disk: this.#options.disk(), locate, stage: stage.directory }),
      isApart: true,
      ...(staging.outputTree === undefined
        ? {}
        : { storeTree: () => this.#storeTree(stage, inputs, staging.outputTree!) }),
      sees: (path) => isIn(staging.roots, posix.normalize(inDirectory(order.directory, path))),
      command: (run) => {
        sandboxed = this.#options.sandbox.wrap({
          command: run.command,
          cwd: run.cwd,
          stage: stage.directory,
          roots: staging.roots,
          writable,
          ...(run.env === undefined ? {} : { env: run.env }),
          ...(staging.network ? { hasNetwork: true as const } : {}),
        })
        stage.noteWritable(sandboxed.writable)
        const { command, cwd, env } = sandboxed
        const { env: _, ...rest } = run
        return { ...rest, command, cwd, ...(env === undefined ? {} : { env }) }
      },
      ended: async (isKilled) => {
        hasEnded = true
        await sandboxed?.end(isKilled)
        if (depfile !== undefined) removeLink(locate(depfile))
      },
      close: async () => {
        if (!hasEnded) await sandboxed?.end(true)
        this.#free.push({ stage, tree: staging.inputRoot })
      },
    }
  }

  async #storeTree(stage: Stage, inputs: MerkleTree, directory: string): Promise<Digest> {
    const { blobs, scan } = this.#options
    const entries = await scan(stage.directory + directory)
    // Paths in the stage become the client's.
    const start = stage.directory.length
    const left = entries.map((entry) => ({ ...entry, path: entry.path.slice(start) }))
    for (const entry of left)
      if ('digest' in entry) await blobs.putFile(entry.digest, `${stage.directory}/${entry.path}`)
    const tree = inputs.with(left)
    for (const { digest, content } of tree.blobs()) await blobs.put(digest, content)
    return tree.digest
  }

  /** The stage that has the tree already, if one has; else the one that was not used for longest. */
  #take(tree: Digest): Stage {
    const same = this.#free.findLastIndex((free) => free.tree === tree)
    const [taken] = this.#free.splice(Math.max(same, 0), 1)
    if (taken === undefined) throw new Error('more orders at once than there are stages')
    return taken.stage
  }

  #note(tree: Digest): void {
    this.#trees.delete(tree)
    this.#trees.add(tree)
    if (this.#trees.size > treesMax) this.#trees.delete(this.#trees.keys().next().value!)
  }
}

function workingDirectory({ directory, cwd }: TaskOrder): string {
  return posix.resolve(directory, cwd ?? '.')
}

/** The graph's directory, and those that outputs elsewhere are in. */
function writableDirectories(order: TaskOrder, { outputTree }: StageOrder): readonly string[] {
  const { directory } = order
  const directories = writtenFiles(order).map((path) => posix.dirname(posix.resolve(directory, path)))
  if (outputTree !== undefined) directories.push(outputTree)
  return [...new Set([directory, ...directories.filter((path) => !isIn([directory], path))])]
}

/** Files that the command or its worker writes, as far as the order tells. */
function writtenFiles({ outputs, depfile, rspfile }: TaskOrder): readonly string[] {
  return [...outputs, ...(depfile === undefined ? [] : [depfile]), ...(rspfile === undefined ? [] : [rspfile.path])]
}

function isIn(directories: readonly string[], path: string): boolean {
  return directories.some((directory) => path === directory || path.startsWith(`${directory}/`))
}

/** Contents that a failure names. */
const lostMax = 256

function lostInput(lost: readonly { readonly path: string; readonly digest: Digest }[]): Failure {
  const [{ path, digest }] = lost as [{ path: string; digest: Digest }]
  const others = lost.length === 1 ? '' : `, and ${lost.length - 1} more`
  return {
    kind: 'lost-input',
    message: `/${path} (${digest.slice(0, 12)})${others}: nobody has it any more`,
    lost: lost.slice(0, lostMax).map((one) => one.digest),
  }
}
