import { lstatSync, mkdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Sandbox, SandboxError, type SandboxedCommand, type SandboxOrder } from './sandbox.ts'
import { checkOrder, isWithin, outermost } from './staged-path.ts'

export interface PlainSandboxOptions {
  /** Directory in which all stages of this worker are: links into it are its own, also from before a crash. */
  readonly stages: string
}

/** No isolation: while a command runs, there are links from the client's paths to its stage. */
export function plainSandbox(options: PlainSandboxOptions): Sandbox {
  return new PlainSandbox(options.stages)
}

class PlainSandbox implements Sandbox {
  readonly description = "plain: links from the client's paths to the stage, no isolation"
  readonly protects = [
    "What is at a client's path on this host stays: a command that would need that place is refused.",
  ]
  readonly doesNotProtect = [
    "A command can read and change all that the worker's user can, other commands' files included.",
    'It can change its inputs in place; the stage notices by their size, mode or time, and fetches them anew.',
    'It has the network, and sees all processes of the host.',
    'Processes that leave its session live on when it has ended.',
    'Two commands that have a root at the same path can not run at the same time.',
    'Programs that ask for the real path of a file see that of the stage.',
  ]
  readonly #stages: string
  readonly #inUse = new Set<string>()

  constructor(stages: string) {
    this.#stages = stages
  }

  wrap(order: SandboxOrder): SandboxedCommand {
    checkOrder(order)
    const links: Link[] = []
    try {
      for (const root of outermost(order.roots)) links.push(this.#link(order.stage, root))
    } catch (error) {
      this.#unlink(links)
      throw error
    }
    const { command, cwd, env } = order
    return {
      command,
      cwd,
      ...(env === undefined ? {} : { env }),
      writable: outermost(order.roots).map((root) => root.slice(1)),
      end: async () => this.#unlink(links),
    }
  }

  #link(stage: string, root: string): Link {
    if (this.#inUse.has(root))
      throw new SandboxError(`sandbox: ${root} is in use by another command; give the worker one slot, or bubblewrap`)
    try {
      this.#removeOwnLink(root)
      const made = mkdirSync(dirname(root), { recursive: true })
      symlinkSync(stage + root, root)
      this.#inUse.add(root)
      return { root, made }
    } catch (error) {
      if (error instanceof SandboxError) throw error
      const { code } = error as NodeJS.ErrnoException
      throw new SandboxError(
        `sandbox: ${root} can't be linked to the stage (${code}); let this user write to ${dirname(root)}, or use bubblewrap`,
        { cause: error },
      )
    }
  }

  #removeOwnLink(root: string): void {
    const stats = lstatSync(root, { throwIfNoEntry: false })
    if (stats === undefined) return
    if (!stats.isSymbolicLink() || !isWithin(readlinkSync(root), this.#stages))
      throw new SandboxError(`sandbox: ${root} is there on this host already; move it away, or use bubblewrap`)
    rmSync(root)
  }

  #unlink(links: readonly Link[]): void {
    for (const { root, made } of links.toReversed()) {
      this.#inUse.delete(root)
      rmSync(root, { force: true })
      if (made !== undefined) removeEmpty(dirname(root), made)
    }
  }
}

interface Link {
  readonly root: string
  /** The first directory that was made for it. */
  readonly made: string | undefined
}

/** Removes a directory and those above it, up to `last`, as long as nothing is in them. */
function removeEmpty(directory: string, last: string): void {
  try {
    for (let path = directory; isWithin(path, last); path = dirname(path)) rmdirSync(path)
  } catch {
    // Somebody else uses it by now.
  }
}
