import { canonicalize } from '../../machines/graph/ninja/canonical-path.ts'
import { canonicalTarget } from '../canonical-target.ts'
import { withDiscoveredReaders } from '../coordinator/discovered-dependencies.ts'
import { graphFilesIn } from '../coordinator/graph-files.ts'
import { type PlanResult, planBuild } from '../coordinator/plan-build.ts'
import { type ReadGraph, readGraph } from '../coordinator/read-graph.ts'
import { readTextIn } from '../in-directory.ts'
import { UserError } from '../user-error.ts'
import type { Engine } from './engine.ts'
import type { WorkTree } from './work-tree.ts'

export type GoodPlan = Extract<PlanResult, { ok: true }>

export interface PlannerOptions {
  readonly directory: string
  /** Graph file; absent: the first of the usual names that is there. */
  readonly file?: string
  readonly targets: readonly string[]
  /** Keeps nothing in the log. */
  readonly isDryRun: boolean
}

/** Reads the graph of a work tree and plans builds of it. Whatever can't be planned is a {@link UserError}. */
export class TreePlanner {
  readonly #options: PlannerOptions
  readonly #tree: WorkTree
  readonly #engine: Pick<Engine, 'toolchain' | 'environment'>
  readonly readText: (path: string) => string | null
  #looks: (void | Promise<void>)[] = []

  constructor(options: PlannerOptions, tree: WorkTree, engine: Pick<Engine, 'toolchain' | 'environment'>) {
    this.#engine = engine
    this.#options = { ...options, targets: options.targets.map(canonicalTarget) }
    this.#tree = tree
    this.readText = readTextIn(options.directory)
  }

  async readGraph(): Promise<ReadGraph> {
    const { directory, file } = this.#options
    const result = await readGraph(
      graphFilesIn(directory, (path) => this.#looks.push(this.#tree.files.look(path))),
      file,
    )
    if (!result.ok) throw new UserError(result.message)
    await Promise.all(this.#looks)
    this.#looks = []
    return result.read
  }

  targets({ graph }: ReadGraph): readonly string[] {
    return withDiscoveredReaders(this.#options.targets, graph, this.#tree.results)
  }

  /** The plan for making the manifest itself, when it has to be made again. */
  async manifestPlan(read: ReadGraph): Promise<GoodPlan | undefined> {
    const file = read.graph.files.indexOf(canonicalize(read.file))
    if (file < 0 || !read.graph.tasks.some((task) => task.command !== undefined && task.outputs.includes(file)))
      return undefined
    const plan = await this.plan(read, [canonicalize(read.file)])
    return plan.toRun.length > 0 ? plan : undefined
  }

  async plan(read: ReadGraph, targets: readonly string[]): Promise<GoodPlan> {
    const plan = await planBuild({
      graph: read.graph,
      keepGraph: () => (this.#options.isDryRun ? read.sources : this.#tree.attachGraph(read.graph, read.sources)),
      request: { targets },
      results: this.#tree.results,
      tree: this.#tree.files,
      surroundings: this.#engine,
      readText: this.readText,
    })
    if (!plan.ok) throw new UserError(plan.message)
    await this.#tree.tools.save(plan.tools)
    return plan
  }
}
