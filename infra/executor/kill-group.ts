import { setTimeout as delay } from 'node:timers/promises'
import { isGroupRunning, sendSignal } from '../process-table/process-table.ts'

const firstPollMs = 1
const longestPollMs = 50

/**
 * Ends a process group: SIGTERM, so that compilers remove their temporary files, then, after `graceMs`, SIGKILL.
 * Resolves when nothing of the group runs any more, with the signal that was enough. `graceMs` 0 starts with SIGKILL.
 */
export async function killGroup(groupId: number, graceMs: number): Promise<'SIGTERM' | 'SIGKILL'> {
  if (graceMs > 0) {
    sendSignal(-groupId, 'SIGTERM')
    // A stopped process would not see it.
    sendSignal(-groupId, 'SIGCONT')
    if (await isGone(groupId, performance.now() + graceMs)) return 'SIGTERM'
  }
  sendSignal(-groupId, 'SIGKILL')
  await isGone(groupId, Number.POSITIVE_INFINITY)
  return 'SIGKILL'
}

async function isGone(groupId: number, deadlineMs: number): Promise<boolean> {
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, longestPollMs)) {
    if (!isGroupRunning(groupId)) return true
    const leftMs = deadlineMs - performance.now()
    if (leftMs <= 0) return false
    await delay(Math.min(pollMs, leftMs))
  }
}
