import type { BuildEvent } from '../../events/build-events.ts'
import type { ResultCache } from '../coordinator/result-cache.ts'
import { InPlaceRestorer } from '../worker/restore-in-place.ts'
import type { EmbeddedBuild } from './embedded-build.ts'

/** The cache as one build uses it. */
export interface BuildCache {
  readonly results: ResultCache
  /** Counts what an event tells of hits and misses. */
  readonly count: (event: BuildEvent) => void
  /** Stores what was kept and counted, and keeps the cache within its limits. */
  readonly close: (now: number) => Promise<void>
}

/** Opens the cache for a build that has something to run; `undefined` when none is used. */
export async function openBuildCache({
  engine,
  tree,
  request,
  roots,
  reporter,
}: EmbeddedBuild): Promise<BuildCache | undefined> {
  const opened = await engine.cache?.((line) => reporter.notice(line))
  if (opened === undefined) return undefined
  const { blobs, actions } = opened
  const restorer = new InPlaceRestorer({ directory: request.directory, tree: tree.files, blobs, roots: roots.paths })
  const counts: Record<string, number> = {}
  const add = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  return {
    results: {
      blobs,
      actions,
      roots,
      place: (result, paths) => restorer.place(result, paths),
    },
    count: (event) => {
      if (event.type === 'task-cached') add('hit')
      else if (event.type === 'task-queued' && event.miss !== undefined) add(event.miss.kind)
    },
    close: async (now) => {
      // A build that was stopped may have left copies under way: nobody else may have the tree before they are done.
      await restorer.settled()
      // Blobs first: a result that is there names what is there.
      await blobs.flush()
      await actions.count(counts)
      await actions.flush()
      await blobs.collect(now)
      await actions.close()
      await blobs.close()
    },
  }
}
