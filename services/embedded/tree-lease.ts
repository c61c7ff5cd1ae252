import type { LeaseHolder, LeaseNote } from '../../infra/lease/lease-store.ts'
import { Interrupted } from '../interrupted.ts'
import { UserError } from '../user-error.ts'
import type { Engine } from './engine.ts'

export interface TreeLease {
  /** The build that a dead holder left unfinished. Its processes are gone. */
  readonly crashedBuildId?: string
  /** Notes what a successor needs to know. */
  readonly note: (note: LeaseNote) => Promise<void>
  readonly release: () => Promise<void>
}

/**
 * Takes the lease of a work tree, so that nothing is built in it meanwhile, and ends what a dead holder left running.
 * Waits while another process has it; `notice` then says so. Throws {@link Interrupted} when the signal aborts the wait.
 */
export async function takeTreeLease(
  engine: Engine,
  directory: string,
  { notice, signal }: { readonly notice: (line: string) => void; readonly signal: AbortSignal },
): Promise<TreeLease> {
  const key = `tree:${directory}`
  const holder: LeaseHolder = { process: engine.identity, note: {} }
  for (let isFirst = true; ; isFirst = false) {
    const result = await engine.leases.acquire(key, holder)
    if (result.state === 'acquired') {
      const note = result.previous?.note ?? {}
      await engine.reapOrphans(note)
      return {
        note: (next) => engine.leases.update(key, { ...holder, note: next }),
        release: () => engine.leases.release(key, holder),
        ...(note.buildId === undefined ? {} : { crashedBuildId: note.buildId }),
      }
    }
    if (engine.isDescendantOf(result.by.process))
      throw new UserError(
        `${directory}: millrace builds here already and has started this command; give it another directory`,
      )
    if (isFirst) notice(`waiting for process ${result.by.process.pid}, which is building here`)
    if (signal.aborted) throw new Interrupted('interrupted while waiting')
    await new Promise<void>((resolve) => {
      engine.clock.after(leasePollMs, resolve)
    })
  }
}

const leasePollMs = 100
