import type { BuildEvent } from '../../../events/build-events.ts'
import type { FileVersion } from '../../../events/digest.ts'
import type { BlobStore } from '../../../infra/blob-store/blob-store.ts'
import type { BuildState, PlanState } from '../../../machines/build-state.ts'
import { resolveTargets } from '../../../machines/graph/targets.ts'
import { entriesOf } from '../../coordinator/output-forms.ts'
import type { Placed } from '../../placed.ts'
import { InPlaceRestorer } from '../../worker/restore-in-place.ts'
import type { ClusterClient } from './cluster-client.ts'

/** Which outputs are brought to the client. */
export type WantedOutputs = 'all' | 'targets' | 'none'

/** Tasks whose outputs are brought at the same time. */
const tasksAtOnce = 16

/** Puts what the cluster has made into the client's own tree, as the log tells of it. */
export class BringBack {
  readonly #restorer: InPlaceRestorer
  readonly #wanted: WantedOutputs
  readonly #waiting: Outputs[] = []
  #targets: { readonly plan: PlanState; readonly tasks: ReadonlySet<number> } | undefined
  readonly #under = new Set<Promise<void>>()
  /** Outputs that can't be had any more. */
  readonly lost: string[] = []

  constructor(
    client: Pick<ClusterClient, 'sourceTree'> & { readonly blobs: BlobStore },
    place: { readonly directory: string; readonly roots: readonly string[]; readonly wanted: WantedOutputs },
  ) {
    const { directory, roots } = place
    this.#wanted = place.wanted
    this.#restorer = new InPlaceRestorer({ directory, roots, tree: client.sourceTree(directory), blobs: client.blobs })
  }

  /** @param state that after the event */
  follow(event: BuildEvent, state: BuildState): void {
    if (this.#wanted === 'none') return
    if (event.type !== 'task-succeeded' && event.type !== 'task-cached') return
    if (this.#wanted === 'targets' && !this.#isTarget(event.task, state)) return
    const { remote, roots = [] } = state.request!
    const isClients = event.type === 'task-succeeded' && event.worker === remote?.client?.worker
    if (isClients) return
    const versions = event.outputs.map((number): FileVersion => state.fileVersions[number]!)
    const entries = entriesOf(versions, event.forms)
    this.#waiting.push({ entries, roots })
    this.#work()
  }

  /** Resolves when all that the log has told of so far is in place, or lost. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under)
  }

  #work(): void {
    while (this.#under.size < tasksAtOnce) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      const placing = this.#place(next).finally(() => {
        this.#under.delete(placing)
        this.#work()
      })
      this.#under.add(placing)
    }
  }

  async #place({ entries, roots }: Outputs): Promise<void> {
    const paths = entries.map(({ path }) => path)
    const origin = { build: '', task: '', worker: '', at: 0, runMs: 0, roots }
    const placed: Placed = await this.#restorer.place({ outputs: entries, madeInputs: [], origin }, paths)
    if (placed !== 'placed') this.lost.push(...paths)
  }

  #isTarget(task: number, { plan, request }: BuildState): boolean {
    if (plan === undefined) return false
    if (this.#targets?.plan !== plan) this.#targets = { plan, tasks: targetTasks(plan, request!.targets) }
    return this.#targets.tasks.has(task)
  }
}

/** Tasks that the targets name, through groups. */
function targetTasks({ tasks }: PlanState, targets: readonly string[]): ReadonlySet<number> {
  const resolved = resolveTargets(tasks, targets)
  const found = new Set<number>()
  const stack = resolved.ok ? [...resolved.tasks] : []
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    if (found.has(task)) continue
    found.add(task)
    if (tasks.graph.tasks[task]!.command === undefined) tasks.eachDependency(task, (maker) => stack.push(maker))
  }
  return found
}

interface Outputs {
  readonly entries: ReturnType<typeof entriesOf>
  readonly roots: readonly string[]
}
