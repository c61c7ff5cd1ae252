import { type BuildId, requestedAt } from '../../../events/build-id.ts'
import { LogDamage } from '../../../events/log-damage.ts'
import type { EventLog } from '../../../infra/event-log/event-log.ts'
import { PacedOutput } from '../paced-output.ts'
import { ageText } from '../time-text.ts'
import { type CacheContext, withCacheThere } from './cache-context.ts'
import { removedText } from './purge-command.ts'
import { amount } from './quantity.ts'
import { type RemovedResults, removeResults } from './remove-results.ts'
import { type TaintedEntry, taintedResults } from './tainted-results.ts'
import { keptActions, type Taking, takingBuilds } from './taken-results.ts'

export interface TaintOptions {
  readonly build: BuildId
  /** Removes the results. */
  readonly isPurge: boolean
  readonly isJson: boolean
}

interface Taint {
  readonly build: BuildId
  readonly results: readonly TaintedEntry[]
  readonly builds: readonly Taking[]
  readonly removed?: RemovedResults
}

/** Lists what came from a build: results in the cache, and later builds that took them. */
export async function taintCommand(options: TaintOptions, context: CacheContext & { readonly log: EventLog }) {
  const { build, isPurge, isJson } = options
  const { log, stdout, stderr, now } = context
  const notice = (line: string) => stderr.write(`${line}\n`)
  const found = await withCacheThere(context, async (cache) => {
    const results = await taintedResults(cache, build)
    return { results, ...(isPurge ? { removed: await removeResults(cache, results) } : {}) }
  })
  const results = found?.results ?? []
  const actions = new Set(results.map(({ actionKey }) => actionKey))
  for (const action of await keptByLog(log, build, notice)) actions.add(action)
  const builds = await takingBuilds(log, build, actions, notice)
  const taint: Taint = { build, results, builds, ...(found?.removed ? { removed: found.removed } : {}) }
  const out = new PacedOutput(stdout)
  for (const line of isJson ? [JSON.stringify(jsonTaint(taint))] : taintLines(taint, now)) {
    out.line(line)
    await out.room()
    if (out.isClosed) break
  }
  await out.flushed()
}

async function keptByLog(log: EventLog, build: BuildId, notice: (line: string) => void): Promise<readonly string[]> {
  try {
    return await keptActions(log, build)
  } catch (error) {
    if (!(error instanceof LogDamage)) throw error
    notice(`warning: ${error.message}; results that the cache has lost since are not looked for in later builds`)
    return []
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
    builds: builds.map((taking) => ({
      ...taking,
      requested_at: new Date(requestedAt(taking.build)).toISOString(),
    })),
    removed,
  }
}
