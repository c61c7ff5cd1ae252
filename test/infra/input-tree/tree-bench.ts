import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { MerkleTree, type TreeEntry } from '../../../infra/input-tree/input-tree.ts'
import type { Brought, Stage } from '../../../infra/input-tree/stage.ts'
import { WorkerDisk } from '../../../infra/input-tree/stage-directory.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

/** What files hold, by path; with a `!` at its end the file is executable, with `->` at its start it is a link. */
export type Sketch = Readonly<Record<string, string>>

/** The tree of a sketch, whose contents are put into the store. A path that ends with a slash is an empty directory. */
export function treeOf(sketch: Sketch, blobs: MemoryBlobStore): MerkleTree {
  return MerkleTree.of(
    Object.entries(sketch).map(([path, content]): TreeEntry => {
      if (path.endsWith('/')) return { path: path.slice(0, -1), isDirectory: true }
      if (content.startsWith('->')) return { path, target: content.slice(2) }
      const digest = digestOf(content)
      blobs.put(digest, Buffer.from(content))
      return { path, digest, isExecutable: content.endsWith('!') }
    }),
  )
}

/** What is on the disk, as a sketch. */
export function sketchOf(directory: string, path = ''): Sketch {
  const entries = readdirSync(join(directory, path), { withFileTypes: true })
  if (entries.length === 0 && path !== '') return { [`${path}/`]: '' }
  const parts = entries.map((entry): Sketch => {
    const below = join(path, entry.name)
    if (entry.isDirectory()) return sketchOf(directory, below)
    if (entry.isSymbolicLink()) return { [below]: `->${readlinkSync(join(directory, below))}` }
    return { [below]: readFileSync(join(directory, below), 'utf8') }
  })
  return Object.assign({}, ...parts.toSorted((a, b) => (Object.keys(a)[0]! < Object.keys(b)[0]! ? -1 : 1)))
}

export interface StageBench {
  readonly blobs: MemoryBlobStore
  readonly directory: string
  readonly disk: WorkerDisk
  readonly stage: Stage
  /** Brings a sketch's tree, and fails the test unless the stage holds exactly that. */
  readonly bring: (sketch: Sketch) => Promise<Brought>
}

export function stageBench(t: ExecutionContext, bytesMax = 0): StageBench {
  const directory = temporaryDirectory(t)
  const blobs = new MemoryBlobStore()
  const disk = new WorkerDisk({ directory: join(directory, 'contents'), blobs, bytesMax })
  const stage = disk.openStage(join(directory, 'stages/1'))
  const bring: StageBench['bring'] = async (sketch) => {
    const outcome = await stage.bring(treeOf(sketch, blobs))
    if (outcome.kind === 'lost-input') throw new Error(`lost: ${JSON.stringify(outcome.lost)}`)
    const sorted = Object.fromEntries(Object.entries(sketch).sort(([a], [b]) => (a < b ? -1 : 1)))
    const found = sketchOf(stage.directory)
    t.deepEqual(Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))), sorted)
    for (const [path, content] of Object.entries(sketch))
      if (!path.endsWith('/') && !content.startsWith('->'))
        t.is(statSync(join(stage.directory, path)).mode & 0o777, content.endsWith('!') ? 0o555 : 0o444, path)
    return outcome
  }
  mkdirSync(join(directory, 'client'))
  return { blobs, directory, disk, stage, bring }
}
