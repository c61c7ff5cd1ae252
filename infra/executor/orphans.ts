import { setTimeout as delay } from 'node:timers/promises'
import { ExecutorError } from './executor.ts'
import { killGroup } from './kill-group.ts'
import { isRunning, type ProcessIdentity } from './process-table.ts'

/** The processes of an executor, to be kept where the next coordinator finds them. */
export interface ExecutorProcesses {
  /** Absent: none was started yet. */
  readonly guard?: ProcessIdentity
  /** One for each helper; its process id is also its group's. */
  readonly helpers: readonly ProcessIdentity[]
}

const pollMs = 5

/**
 * Makes sure that nothing runs any more of an executor whose process has died: waits for its guard to do its work, then
 * kills the recorded groups whose leader is still the recorded process.
 * Rejects with {@link ExecutorError} when the guard does not end within `timeoutMs`: then its owner is still alive.
 */
export async function reapOrphans(
  processes: ExecutorProcesses,
  options: { readonly timeoutMs: number },
): Promise<void> {
  const { guard, helpers } = processes
  const deadlineMs = performance.now() + options.timeoutMs
  while (guard !== undefined && isRunning(guard)) {
    if (performance.now() > deadlineMs) {
      throw new ExecutorError(`process ${guard.pid} still guards its commands: its executor seems to be alive`)
    }
    await delay(pollMs)
  }
  await Promise.all(helpers.filter(isRunning).map((helper) => killGroup(helper.pid, 0)))
}
