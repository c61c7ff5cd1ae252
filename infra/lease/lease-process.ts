import { hostname } from 'node:os'
import { isRunning, readProcess, sendSignal } from '../process-table/process-table.ts'
import type { LeaseProcess } from './lease-store.ts'

/** A process of this host as a holder; null when there is none with this pid, or only what is left of one (a zombie). */
export function leaseProcess(pid: number): LeaseProcess | null {
  const entry = readProcess(pid)
  if (entry === undefined) return sendSignal(pid, 0) ? { host: hostname(), pid, startTicks: 0 } : null
  return entry.isZombie ? null : { host: hostname(), pid, startTicks: entry.startTicks }
}

/** Whether a holder still runs. What can't be known counts as alive: a process of another host is never gone. */
export function isHolderAlive(holder: LeaseProcess): boolean {
  return holder.host !== hostname() || isRunning(holder)
}
