import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity } from './lease-store.ts'

/** Identity of a process of this host; null when there is none with this pid, or only what is left of one (a zombie). */
export function processIdentity(pid: number): ProcessIdentity | null {
  const stat = readStat(pid)
  if (stat === null) return isPidInUse(pid) ? { host: hostname(), pid, startTime: '' } : null
  return stat.hasEnded ? null : { host: hostname(), pid, startTime: stat.startTime }
}

/**
 * Whether exactly this process, not a later one with its pid, still runs. What can't be known counts as alive: a process
 * of another host, and one that /proc hides from this user (mount option hidepid) while its pid is in use.
 */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return true
  const stat = readStat(identity.pid)
  if (stat === null) return isPidInUse(identity.pid)
  return !stat.hasEnded && (identity.startTime === '' || identity.startTime === stat.startTime)
}

export interface ProcessStat {
  /** Ended, and its parent has not asked for its exit code yet. */
  readonly hasEnded: boolean
  readonly startTime: string
}

/** State and start time: fields 3 and 22 of /proc/<pid>/stat. Null where it can't be read. Source: proc_pid_stat(5). */
function readStat(pid: number): ProcessStat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  return parseProcessStat(text)
}

/** Field 2 is the command's name in parentheses, which may hold blanks and parentheses itself: the last one ends it. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { hasEnded: fields[0] === 'Z' || fields[0] === 'X', startTime: fields[19] ?? '' }
}

/** Signal 0 reaches nobody and tells whether somebody is there. */
function isPidInUse(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
