import { realpathSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { SandboxError, type SandboxOrder } from './sandbox.ts'

/** Whether a path is a directory's, or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`)
}

/** The roots that do not lie in others, shortest first. */
export function outermost(directories: readonly string[]): readonly string[] {
  const sorted = [...new Set(directories)].sort((a, b) => a.length - b.length)
  return sorted.filter((path, i) => !sorted.slice(0, i).some((other) => isWithin(path, other)))
}

/** Throws {@link SandboxError} for an order that names directories that are not there, or leaves the stage by a link. */
export function checkOrder(order: SandboxOrder): void {
  const stage = realpathSync(order.stage)
  for (const path of [...order.roots, ...order.writable, order.cwd]) {
    if (
      !path.startsWith('/') ||
      path === '/' ||
      posix.normalize(path) !== path ||
      path.endsWith('/') ||
      /[\0]/.test(path)
    )
      throw new SandboxError(`sandbox: ${JSON.stringify(path)} is no plain absolute path; name a directory by one`)
    if (!order.roots.some((root) => isWithin(path, root)))
      throw new SandboxError(`sandbox: ${path} lies in none of the roots; add the directory that it is in to the roots`)
    if (realDirectory(order.stage + path) !== stage + path)
      throw new SandboxError(
        `sandbox: ${path} is no directory of the input tree, or reached by a link; add it to the tree under its real path`,
      )
  }
}

/** Where a directory is, without links; undefined when there is none. */
function realDirectory(path: string): string | undefined {
  try {
    const real = realpathSync(path)
    return statSync(real).isDirectory() ? real : undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
    throw new SandboxError(`sandbox: ${path} can't be looked at (${code}); check the worker's disk`, { cause: error })
  }
}
