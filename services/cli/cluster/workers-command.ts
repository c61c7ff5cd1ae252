import { setTimeout } from 'node:timers/promises'
import type { WorkerStatus } from '../../../events/worker-status.ts'
import { ageText } from '../time-text.ts'
import type { ClusterClient } from './cluster-client.ts'
import { textTable } from './text-table.ts'

/** How long workers may take to answer when they are asked for their status, in ms. */
const answerMs = 500

/** Lists the workers that answer. */
export async function workersCommand(
  { workers }: ClusterClient,
  isJson: boolean,
  print: (line: string) => void,
  now: number,
): Promise<void> {
  const watch = workers.watch()
  await setTimeout(answerMs)
  const found = watch.workers()
  watch.close()
  if (isJson) for (const status of found) print(JSON.stringify(status))
  else if (found.length === 0) print('no worker answers; start one (millrace worker)')
  else for (const line of textTable([header, ...found.map((status) => rowOf(status, now))])) print(line)
}

const header = ['WORKER', 'POOL', 'BUSY', 'STATE', 'SINCE', 'SANDBOX', 'PLATFORM', 'SYSTEM', 'LABELS']

function rowOf({ id, pool, slots, running, isDraining, startedAt, sandbox, platform }: WorkerStatus, now: number) {
  const labels = Object.entries(platform.labels).map(([name, value]) => `${name}=${value}`)
  return [
    id,
    pool,
    `${running.length}/${slots}`,
    isDraining ? 'stopping' : running.length > 0 ? 'working' : 'idle',
    ageText(now - startedAt),
    sandbox,
    platform.fingerprint.slice(0, 12),
    `${platform.os} ${platform.arch}`,
    labels.join(' '),
  ]
}
