import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { posix } from 'node:path'
import { SandboxError, type SandboxOrder } from './sandbox.ts'
import { isWithin, outermost } from './staged-path.ts'

/** Where the sandbox has file systems of its own. */
const ownDirectories = ['/proc', '/dev', '/sys']

/** Empty, writable, gone with the command. */
const temporaryDirectories = ['/tmp', '/var/tmp']

/**
 * The arguments for bwrap that make up the file system of a command: the host's directories and the staged roots, each at its
 * own path, on a root that holds nothing else and can't be written. Throws {@link SandboxError}.
 */
export function mountPlan(order: SandboxOrder, hostDirectories: readonly string[]): string[] {
  const plan = new MountPlan(outermost(order.roots))
  for (const directory of temporaryDirectories) plan.temporary(directory)
  for (const directory of outermost(hostDirectories)) plan.host(directory)
  plan.add('--proc', '/proc', '--dev', '/dev')
  const roots = outermost(order.roots)
  const writable = outermost(order.writable)
  for (const root of roots) plan.staged(order.stage, root, writable.includes(root))
  for (const directory of writable)
    if (!roots.includes(directory)) plan.add('--bind', order.stage + directory, directory)
  // After all mount points are made; what is mounted on it stays as it is.
  plan.add('--remount-ro', '/')
  return plan.args
}

class MountPlan {
  readonly args: string[] = []
  readonly #roots: readonly string[]
  readonly #made = new Set<string>(['/'])

  constructor(roots: readonly string[]) {
    this.#roots = roots
    const lost = roots.find((root) => ownDirectories.some((directory) => isWithin(root, directory)))
    if (lost !== undefined)
      throw new SandboxError(`sandbox: ${lost} can't be staged, the system has files of its own there; build elsewhere`)
  }

  add(...args: readonly string[]): void {
    this.args.push(...args)
  }

  temporary(directory: string): void {
    if (this.#roots.includes(directory)) return
    this.#makeAbove(directory)
    this.add('--perms', '1777', '--tmpfs', directory)
    this.#made.add(directory)
  }

  /** What a root lies in can't be bound as a whole, as bwrap could not make the root's mount point there: its parts are. */
  host(path: string): void {
    if (this.#roots.includes(path)) return
    const root = this.#roots.find((other) => isWithin(path, other))
    if (root !== undefined)
      throw new SandboxError(
        `sandbox: the worker's own ${path} lies in the root ${root}; take it out of the worker's directories of tools`,
      )
    if (!this.#roots.some((other) => isWithin(other, path))) {
      this.#bindHost(path)
      return
    }
    this.#make(path)
    for (const name of namesIn(path)) this.host(posix.join(path, name))
  }

  staged(stage: string, root: string, isWritable: boolean): void {
    this.#makeAbove(root)
    this.add(isWritable ? '--bind' : '--ro-bind', stage + root, root)
  }

  #bindHost(path: string): void {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return
    this.#makeAbove(path)
    if (stats.isSymbolicLink()) this.add('--symlink', readlinkSync(path), path)
    else if (stats.isDirectory() || stats.isFile()) this.add('--ro-bind', path, path)
  }

  #makeAbove(path: string): void {
    const above = posix.dirname(path)
    if (!this.#made.has(above)) this.#make(above)
  }

  #make(path: string): void {
    if (this.#made.has(path)) return
    this.#makeAbove(path)
    this.#made.add(path)
    this.add('--perms', '0755', '--dir', path)
  }
}

/** None where there is no directory, or one that can't be read. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
