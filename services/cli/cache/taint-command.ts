import { type BuildId, requestedAt } from '../../../events/build-id.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import type { LocalCache } from '../../embedded/engine.ts'
import { PacedOutput } from '../paced-output.ts'
import { ageText } from '../time-text.ts'
import { type CacheContext, withCacheThere } from './cache-context.ts'
import { removedText } from './purge-command.ts'
import { amount } from './quantity.ts'
import { type RemovedResults, removeResults } from './remove-results.ts'
import { type TaintedEntry, taintedResults } from './tainted-results.ts'
import { keptOutputs, type OutputsByAction, type Taking, takingBuilds } from './taken-results.ts'

export interface TaintOptions {
  readonly build: BuildId
  /** Removes the results. */
  readonly isPurge: boolean
  readonly isJson: boolean
}

/** What is found out about a build. */
interface Traces {
  readonly results: readonly TaintedEntry[]
  readonly builds: readonly Taking[]
}

interface Taint extends Traces {
  readonly build: BuildId
  readonly removed?: RemovedResults
}

type TaintContext = CacheContext & { readonly log: EventLog }

/** Lists what came from a build: results in the cache, and other builds that took them. */
export async function taintCommand({ build, isPurge, isJson }: TaintOptions, context: TaintContext): Promise<void> {
  const found = await withCacheThere(context, async (cache) => {
    const traces = await tracesOf(build, cache, context)
    return isPurge ? { ...traces, removed: await removeResults(cache, traces.results) } : traces
  })
  const taint: Taint = { build, ...(found ?? (await tracesOf(build, undefined, context))) }
  const out = new PacedOutput(context.stdout)
  for (const line of isJson ? [JSON.stringify(jsonTaint(taint))] : taintLines(taint, context.now)) {
    out.line(line)
    await out.room()
    if (out.isClosed) break
  }
  await out.flushed()
}

/** What others took can lead to further results, which others may have taken. */
async function tracesOf(build: BuildId, cache: LocalCache | undefined, { log, stderr }: TaintContext): Promise<Traces> {
  const told = new Set<string>()
  const notice = (line: string) => {
    if (!told.has(line)) stderr.write(`${line}\n`)
    told.add(line)
  }
  const kept = await keptByLog(log, build, notice)
  let builds: readonly Taking[] = []
  let results: readonly TaintedEntry[] = []
  for (;;) {
    const known = [kept, ...builds.map(({ outputs }) => outputs)]
    const found = cache === undefined ? [] : await taintedResults(cache, build, known)
    if (builds.length > 0 && found.length === results.length) return { results, builds }
    results = found
    const madeIn = new Map(found.map(({ actionKey, result }) => [actionKey, result.origin.build]))
    builds = await takingBuilds(log, build, madeIn, notice)
    if (builds.length === 0) return { results, builds }
  }
}

async function keptByLog(log: EventLog, build: BuildId, notice: (line: string) => void): Promise<OutputsByAction> {
  try {
    return await keptOutputs(log, build)
  } catch (error) {
    if (!(error instanceof LogDamage)) throw error
    notice(`warning: ${error.message}; results that the cache has lost since are not looked for in other builds`)
    return new Map()
  }
}

function* taintLines({ build, results, builds, removed }: Taint, now: number): Generator<string, void> {
  const made = results.filter(({ generation }) => generation === 0)
  yield `${amount(made.length, 'result')} of build ${build} ${made.length === 1 ? 'is' : 'are'} in the cache`
  for (const { result } of made) yield `  ${result.origin.task}`
  const descendants = results.filter(({ generation }) => generation > 0)
  if (descendants.length > 0) yield `${amount(descendants.length, 'result')} made from them in other builds`
  for (const { result, generation } of descendants)
    yield `  ${result.origin.task}, generation ${generation}, build ${result.origin.build}`
  yield `${amount(builds.length, 'other build')} took any of them`
  for (const { build, directory, tasks } of builds)
    yield `  ${build} (${ageText(now - requestedAt(build))}) in ${directory}: ${tasks.join(', ')}`
  if (removed !== undefined) yield removedText(removed)
  else if (results.length > 0) yield `millrace cache taint ${build} --purge removes the results`
}

function jsonTaint({ build, results, builds, removed }: Taint): object {
  return {
    build,
    results: results.map(({ actionKey, generation, result: { origin, outputs } }) => ({
      action: actionKey,
      task: origin.task,
      generation,
      build: origin.build,
      made_at: new Date(origin.at).toISOString(),
      outputs: outputs.map(({ path }) => path),
    })),
    builds: builds.map(({ build, directory, tasks }) => ({
      build,
      directory,
      tasks,
      requested_at: new Date(requestedAt(build)).toISOString(),
    })),
    removed,
  }
}
