import { statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { runningProcesses } from '../process-table/process-table.ts'
import { SandboxError, type SandboxOrder } from './sandbox.ts'

const pollMs = 2

/** The kernel kills a namespace's processes within milliseconds; one that waits for a broken disk may stay. */
const deadlineMs = 10_000

/** Waits until no process lives that sees the order's stage at its root's place, after bwrap was killed. */
export async function untilEmpty(order: SandboxOrder): Promise<void> {
  const root = order.roots[0]
  if (root === undefined) return
  const staged = statSync(order.stage + root)
  const isInside = (pid: number) => {
    try {
      const seen = statSync(`/proc/${pid}/root${root}`)
      return seen.ino === staged.ino && seen.dev === staged.dev
    } catch {
      // It has ended, has no such directory, or is another user's.
      return false
    }
  }
  const endsAt = performance.now() + deadlineMs
  while (true) {
    const inside = runningProcesses().filter(({ pid }) => isInside(pid))
    if (inside.length === 0) return
    if (performance.now() > endsAt)
      throw new SandboxError(`sandbox: process ${inside[0]!.pid} does not end, its disk may hang; restart this host`)
    await setTimeout(pollMs)
  }
}
