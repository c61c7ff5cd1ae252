import type { Digest, FileVersion } from '../../../../events/digest.ts'
import type { Surroundings } from '../../../../events/surroundings.ts'
import type { RunDifference } from '../../../../machines/keys/run-differences.ts'
import type { RecordedBuild } from '../../history/recorded-build.ts'
import { taskRunOf } from '../../history/recorded-run.ts'
import type { BuildDifference } from './build-difference.ts'
import type { BuildPair } from './build-pair.ts'

/** For so many tasks that only one of the builds had to make, the other's earlier builds are asked. */
const askedMax = 200

/** Sources, tools and variables that both builds looked at, and found with other contents. */
export async function contentDifferences(pair: BuildPair): Promise<Pick<BuildDifference, 'sources' | 'surroundings'>> {
  const was = new KnownContents(pair, pair.was)
  const is = new KnownContents(pair, pair.is)
  let asked = 0
  for (const task of pair.tasks) {
    const [old, now] = pair.runs(task)
    if ((old === undefined) === (now === undefined) || asked++ >= askedMax) continue
    if (old === undefined) await was.addLastRun(task.was)
    else await is.addLastRun(task.is)
  }
  const surroundings: RunDifference[] = []
  for (const { name, isTool, was: old, is: now } of changed(was.surroundings, is.surroundings))
    surroundings.push(
      isTool ? { kind: 'tool', path: name, was: old, is: now } : { kind: 'variable', name, was: old, is: now },
    )
  const sources = changed(was.sources, is.sources).map(({ name, was: old, is: now }) => ({ name, was: old, is: now }))
  return { surroundings, sources: sources.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

interface Content {
  /** As the build itself calls it. */
  readonly name: string
  readonly digest: Digest | null
  readonly isTool?: boolean
}

/** By name in keys. */
type Contents = Map<string, Content>

function changed(was: Contents, is: Contents) {
  return [...is].flatMap(([key, { name, digest, isTool }]) => {
    const old = was.get(key)
    return old === undefined || old.digest === digest ? [] : [{ name, isTool, was: old.digest, is: digest }]
  })
}

/** What a build knew of the contents around it. */
class KnownContents {
  readonly sources: Contents = new Map()
  readonly surroundings: Contents = new Map()
  readonly #pair: BuildPair
  readonly #build: RecordedBuild
  readonly #toKey: (path: string) => string

  constructor(pair: BuildPair, build: RecordedBuild) {
    this.#pair = pair
    this.#build = build
    this.#toKey = pair.keysOf(build)
    // What was found last counts.
    this.#addSources(build.files.toReversed())
    for (const surroundings of build.surroundings.toReversed()) this.#addSurroundings(surroundings)
  }

  /** A task that is up to date found all as its last run had. */
  async addLastRun(task: number): Promise<void> {
    const { plan, request } = this.#build
    if (plan!.endOf(task) !== 'up-to-date') return
    const { id } = plan!.graph.tasks[task]!
    for await (const run of this.#pair.history.runsBefore(this.#build, id, request.directory)) {
      const { inputs, discovered = [], surroundings } = taskRunOf(run)
      this.#addSources([...inputs, ...discovered])
      if (surroundings !== undefined) this.#addSurroundings(surroundings)
      return
    }
  }

  #addSources(files: readonly FileVersion[]): void {
    for (const [name, digest] of files)
      if (this.#build.plan?.tasks.makerOfPath(name) === undefined)
        add(this.sources, this.#toKey(name), { name, digest })
  }

  #addSurroundings({ tools, variables }: Surroundings): void {
    for (const [name, digest] of tools) add(this.surroundings, this.#toKey(name), { name, digest, isTool: true })
    for (const [name, digest] of variables) add(this.surroundings, `$${name}`, { name, digest })
  }
}

function add(contents: Contents, key: string, content: Content): void {
  if (!contents.has(key)) contents.set(key, content)
}
