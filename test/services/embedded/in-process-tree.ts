import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Commit } from '../../../events/commit.ts'
import { systemClock } from '../../../infra/clock/clock.ts'
import { MemoryEventLog } from '../../../infra/event-log/memory-event-log.ts'
import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import { MemoryLeaseStore } from '../../../infra/lease/memory-lease-store.ts'
import { MemorySnapshotStore } from '../../../infra/snapshot-store/memory-snapshot-store.ts'
import { diskSourceTree } from '../../../infra/source-tree/disk-source-tree.ts'
import { MemoryTaskQueue } from '../../../infra/task-queue/memory-task-queue.ts'
import { MemoryToolchain } from '../../../infra/toolchain/memory-toolchain.ts'
import { buildCommand } from '../../../services/cli/build-command.ts'
import type { Engine } from '../../../services/embedded/engine.ts'
import { temporaryDirectory } from '../../infra/event-log/temporary-directory.ts'

export interface InProcessRun {
  /** Exit code, or the message of the error that ended the build. */
  readonly end: number | string
  /** Ids of the tasks that ran, sorted. */
  readonly ran: readonly string[]
  /** Ids of the tasks that were taken from the cache, sorted. */
  readonly cached: readonly string[]
  /** It was answered by a plan that stood. */
  readonly isStanding: boolean
}

/** What a tree is built with besides what all are; changes what the next build does. */
export type TreeSurroundings = Partial<Pick<Engine, 'cache' | 'executor' | 'environment'>>

/** A tree on disk that is built within this process, with a memory that lives as long as the test. */
export class InProcessTree {
  #directory: string
  #engine: Engine
  /** Kinds of the snapshots that the last build asked for. */
  readonly #loaded = new Set<string>()

  /** @param isForgetful no plan is kept to stand for later builds */
  constructor(t: ExecutionContext, files: Readonly<Record<string, string>>, isForgetful: boolean) {
    this.#directory = join(temporaryDirectory(t), 'tree')
    mkdirSync(this.#directory)
    for (const [path, text] of Object.entries(files)) this.write(path, text)
    const snapshots = new MemorySnapshotStore()
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }
    let builds = 0
    this.#engine = {
      version: '0.0.0',
      clock: systemClock,
      startedAt: Date.now(),
      log: new MemoryEventLog(),
      leases: new MemoryLeaseStore(() => true),
      snapshots: {
        load: async (name) => {
          this.#loaded.add(name.replace(/.*-/, ''))
          return isForgetful && name.endsWith('-standing') ? null : snapshots.load(name)
        },
        save: (name, content) => snapshots.save(name, content),
      },
      toolSnapshots: snapshots,
      identity: { host: 'host', pid: process.pid, startTicks: 1 },
      queue: new MemoryTaskQueue(),
      isDescendantOf: () => false,
      sourceTree: diskSourceTree,
      environment: env,
      toolchain: new MemoryToolchain(),
      executor: async (slots) => createShellExecutor({ slots, env }),
      reapOrphans: async () => {},
      random: () => new Uint8Array(16).fill(++builds),
      close: async () => {},
    }
  }

  get directory(): string {
    return this.#directory
  }

  /** Moves the whole tree to another place beside this one. */
  moveTo(name: string): void {
    const directory = join(dirname(this.#directory), name)
    renameSync(this.#directory, directory)
    this.#directory = directory
  }

  /** Builds from now on know nothing of earlier ones. */
  forget(): void {
    const snapshots = new MemorySnapshotStore()
    const leases = new MemoryLeaseStore(() => true)
    this.#engine = { ...this.#engine, log: new MemoryEventLog(), leases, snapshots }
  }

  surroundWith(surroundings: TreeSurroundings): void {
    this.#engine = { ...this.#engine, ...surroundings }
  }

  path(path: string): string {
    return join(this.directory, path)
  }

  has(path: string): boolean {
    return existsSync(this.path(path))
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  touch(path: string): void {
    if (this.has(path)) utimesSync(this.path(path), new Date(), new Date())
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true })
  }

  async build(file?: string): Promise<InProcessRun> {
    const commits: Commit[] = []
    this.#loaded.clear()
    const run = await buildCommand(
      {
        directory: this.directory,
        targets: [],
        jobs: 2,
        failuresMax: 0,
        policy: 'critical-path',
        isDryRun: false,
        isVerbose: false,
        ...(file === undefined ? {} : { file }),
      },
      {
        engine: { ...this.#engine, queue: new MemoryTaskQueue() },
        reporter: { commit: (commit) => commits.push(commit), notice: () => {}, end: async () => {} },
        print: () => {},
        signal: new AbortController().signal,
      },
    ).catch((error: Error) => error.message.replaceAll(this.directory, ''))
    const events = commits.flatMap((commit) => commit.events)
    const graphs = events.flatMap((event) => (event.type === 'build-planned' ? [event.graph] : []))
    const ids = await this.#taskIds(graphs.at(-1))
    const idsOf = (type: 'task-succeeded' | 'task-cached') =>
      events.flatMap((event) => (event.type === type ? [ids[event.task]!] : [])).sort()
    const [ran, cached] = [idsOf('task-succeeded'), idsOf('task-cached')]
    return { end: run, ran, cached, isStanding: this.#loaded.has('standing') && !this.#loaded.has('results') }
  }

  async #taskIds(graph: string | undefined): Promise<readonly string[]> {
    if (graph === undefined) return []
    const { tasks } = JSON.parse(Buffer.from(await this.#engine.log.attachment(graph)).toString())
    return (tasks as readonly { readonly id: string }[]).map(({ id }) => id)
  }
}
