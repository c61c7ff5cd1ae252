import type { Digest } from '../../../../events/digest.ts'
import { differencesBetween } from '../../../../machines/keys/run-differences.ts'
import type { BuildHistory } from '../../history/build-history.ts'
import type { RecordedBuild } from '../../history/recorded-build.ts'
import { outputsOf, type RecordedRun, recordedRun, rootsOf, taskRunOf } from '../../history/recorded-run.ts'
import type { BuildDifference } from './build-difference.ts'

/** A task that both graphs have, by its number in each. `id`: in the second one. */
export interface PairedTask {
  readonly id: string
  readonly was: number
  readonly is: number
}

/** Two builds, and their tasks by id. */
export class BuildPair {
  readonly history: BuildHistory
  readonly was: RecordedBuild
  readonly is: RecordedBuild
  /** In the order of the second graph. */
  readonly tasks: readonly PairedTask[]
  readonly added: readonly string[]
  readonly removed: readonly string[]

  constructor(history: BuildHistory, was: RecordedBuild, is: RecordedBuild) {
    this.history = history
    this.was = was
    this.is = is
    // An id may be an absolute path.
    const [oldKey, newKey] = [this.keysOf(was), this.keysOf(is)]
    const old = new Map((was.plan?.graph.tasks ?? []).map(({ id }, number) => [oldKey(id), number]))
    const tasks: PairedTask[] = []
    const added: string[] = []
    for (const [number, { id }] of (is.plan?.graph.tasks ?? []).entries()) {
      const paired = old.get(newKey(id))
      if (paired === undefined) added.push(id)
      else tasks.push({ id, was: paired, is: number })
      old.delete(newKey(id))
    }
    this.tasks = tasks
    this.added = added
    this.removed = [...old.values()].map((task) => was.plan!.graph.tasks[task]!.id)
  }

  /** The names that a path of either build has in keys. */
  keysOf(build: RecordedBuild): (path: string) => string {
    const roots = rootsOf(build.request)
    return (path) => roots.toKey(path)
  }

  runs({ was, is }: PairedTask): readonly [RecordedRun | undefined, RecordedRun | undefined] {
    const run = (build: RecordedBuild, task: number) => recordedRun(build, build.plan!, task)
    return [run(this.was, was), run(this.is, is)]
  }

  /** What came out differently of equal inputs, commands and surroundings. */
  unequalOutputs(): BuildDifference['unequalOutputs'] {
    return this.tasks.flatMap((task) => {
      const [was, is] = this.runs(task)
      if (was?.end !== 'ran' || is?.end !== 'ran') return []
      if (differencesBetween(taskRunOf(was), taskRunOf(is)).length > 0) return []
      const toKey = this.keysOf(this.was)
      const old = new Map<string, Digest | null>(outputsOf(was).map(([path, digest]) => [toKey(path), digest]))
      return outputsOf(is).flatMap(([path, digest]) => {
        const before = old.get(this.keysOf(this.is)(path))
        return before === undefined || before === digest ? [] : [{ task: task.id, name: path, was: before, is: digest }]
      })
    })
  }
}
