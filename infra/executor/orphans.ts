import { setTimeout as delay } from 'node:timers/promises'
import {
  isGroupRunning,
  isRunning,
  type ProcessIdentity,
  readProcess,
  sendSignal,
} from '../process-table/process-table.ts'
import { ExecutorError } from './executor.ts'

/** The processes of an executor, to be kept where the next coordinator finds them. */
export interface ExecutorProcesses {
  /** Absent: none was started yet. */
  readonly guard?: ProcessIdentity
  /** One for each helper; its process id is also its group's. */
  readonly helpers: readonly ProcessIdentity[]
}

const pollMs = 5

/**
 * Makes sure that nothing runs any more of an executor whose process has died: waits for its guard to do its work, kills
 * the recorded groups whose leader is still the recorded process, and waits for those that lost their leader to end.
 * Rejects with {@link ExecutorError} when that takes longer than `timeoutMs`; if it is the guard that does not end, then its
 * owner is still alive, and nothing was killed.
 */
export async function reapOrphans(
  processes: ExecutorProcesses,
  options: { readonly timeoutMs: number },
): Promise<void> {
  const { guard, helpers } = processes
  const deadlineMs = performance.now() + options.timeoutMs
  const waitWhile = async (condition: () => boolean, problem: string) => {
    while (condition()) {
      if (performance.now() > deadlineMs) throw new ExecutorError(problem)
      await delay(pollMs)
    }
  }
  if (guard !== undefined) {
    const problem = `process ${guard.pid} still guards its commands: its executor seems to be alive`
    await waitWhile(() => isRunning(guard), problem)
  }
  for (const helper of helpers) {
    if (readProcess(helper.pid)?.startTicks === helper.startTicks) sendSignal(-helper.pid, 'SIGKILL')
  }
  for (const helper of helpers) {
    await waitWhile(() => isGroupLeft(helper), `process group ${helper.pid} of a former executor does not end`)
  }
}

/** SIGKILL is not instantaneous. A leader with another start time means that the number, and so the group, is another. */
function isGroupLeft(leader: ProcessIdentity): boolean {
  const entry = readProcess(leader.pid)
  return (entry === undefined || entry.startTicks === leader.startTicks) && isGroupRunning(leader.pid)
}
