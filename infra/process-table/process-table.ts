import { readdirSync, readFileSync } from 'node:fs'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since boot: field 22 of `/proc/<pid>/stat`, see proc_pid_stat(5). 0: not known. */
  readonly startTicks: number
}

/** What `/proc/<pid>/stat` says, as far as needed here. */
export interface ProcessEntry extends ProcessIdentity {
  readonly parentPid: number
  readonly groupId: number
  /** Has ended and waits for its parent to ask; nothing of it runs any more. */
  readonly isZombie: boolean
}

/** The process with this number; undefined when there is none, or /proc hides it from this user (option hidepid). */
export function readProcess(pid: number): ProcessEntry | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  return parseProcessStat(pid, text)
}

/** Field 2 is the command's name in parentheses, which may hold blanks and parentheses itself: the last one ends it. */
export function parseProcessStat(pid: number, text: string): ProcessEntry {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    startTicks: Number(fields[19]),
    parentPid: Number(fields[1]),
    groupId: Number(fields[2]),
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
  }
}

/** Whether this process was started by that one, directly or by way of others that still live. */
export function isDescendantOf(ancestor: ProcessIdentity): boolean {
  for (let entry = readProcess(process.pid); entry !== undefined; entry = readProcess(entry.parentPid))
    if (entry.parentPid === ancestor.pid) return isRunning(ancestor)
  return false
}

/** The identity of a process that cannot have been reaped yet, such as our own child before its exit event. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startTicks: readProcess(pid)?.startTicks ?? 0 }
}

/** All processes that have not ended. Reads a file for each process of the host: some milliseconds. */
export function runningProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== undefined)
    .filter((entry) => !entry.isZombie)
}

/**
 * Whether exactly this process, not a later one with its number, still runs. What can't be known counts as running: one
 * that /proc hides while its number is in use, and one whose start time was not known.
 */
export function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  const entry = readProcess(pid)
  if (entry === undefined) return sendSignal(pid, 0)
  return !entry.isZombie && (startTicks === 0 || entry.startTicks === startTicks)
}

/** Whether any process of a group runs; members that ended and were not yet reaped do not count. */
export function isGroupRunning(groupId: number): boolean {
  if (!sendSignal(-groupId, 0)) return false
  return runningProcesses().some((entry) => entry.groupId === groupId)
}

/** The running children of a process, and theirs, in no particular order; without the process itself. */
export function descendantsOf(pid: number): ProcessEntry[] {
  const processes = runningProcesses()
  const found: ProcessEntry[] = []
  const parents = [pid]
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const entry of processes) {
      if (entry.parentPid !== parent) continue
      found.push(entry)
      parents.push(entry.pid)
    }
  }
  return found
}

/** Sends a signal to a process, or to a group when `target` is negative. False when there is no such process. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true
    return false
  }
}
