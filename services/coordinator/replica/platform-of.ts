import type { WorkerStatus } from '../../../events/worker-status.ts'
import type { WorkerWatch } from '../../../infra/worker-registry/worker-registry.ts'

/**
 * The platform whose workers have most slots in the pool; waits for the first worker of an empty one.
 *
 * @param warn is told, in one line and at once, when there is none
 */
export async function platformOf(
  pool: string,
  watch: WorkerWatch,
  warn: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const now = largestPlatform(pool, watch.workers())
  if (now !== undefined) return now
  signal.throwIfAborted()
  warn(noWorker(pool, watch.workers()))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const stop = watch.onChange(() => {
    const platform = largestPlatform(pool, watch.workers())
    if (platform !== undefined) resolve(platform)
  })
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  return promise.finally(() => {
    stop()
    signal.removeEventListener('abort', abort)
  })
}

function largestPlatform(pool: string, workers: readonly WorkerStatus[]): string | undefined {
  const slots = new Map<string, number>()
  for (const worker of workers) {
    if (worker.pool !== pool || worker.isDraining) continue
    const { fingerprint } = worker.platform
    slots.set(fingerprint, (slots.get(fingerprint) ?? 0) + worker.slots)
  }
  return [...slots].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))[0]?.[0]
}

function noWorker(pool: string, workers: readonly WorkerStatus[]): string {
  const others = [...new Set(workers.map((worker) => worker.pool))].sort()
  const nearest = others.length === 0 ? 'there is no worker at all' : `there are workers in ${others.join(', ')}`
  return `no worker offers pool ${pool}: ${nearest}; the build waits for one (millrace worker --pool ${pool})`
}
