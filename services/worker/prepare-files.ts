import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import type { Locate } from './locate.ts'

/** Makes the directories of everything the command writes, and its response file. */
export function prepareFiles(order: TaskOrder, locate: Locate): Failure | undefined {
  try {
    for (const path of order.outputs) makeDirectoryOf(locate(path))
    if (order.depfile !== undefined) makeDirectoryOf(locate(order.depfile))
    if (order.rspfile !== undefined) {
      const path = locate(order.rspfile.path)
      makeDirectoryOf(path)
      writeFileSync(path, order.rspfile.content)
    }
    return undefined
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    return { kind: 'invalid', message: `can't write ${path}: ${code}` }
  }
}

export function removeResponseFile(order: TaskOrder, locate: Locate): void {
  if (order.rspfile !== undefined) rmSync(locate(order.rspfile.path), { force: true })
}

/** A file's times lag behind by the kernel's tick, at most 10 ms. */
const timestampStepMs = 10

/**
 * Removes what a killed command left of its outputs, so that nobody takes a half for the whole. What it had not begun to
 * write stays (a generator's output is the build graph itself), and so do directories.
 *
 * @param startedAt ms since 1970
 */
export function removeUnfinished(order: TaskOrder, locate: Locate, startedAt: number): void {
  for (const path of order.outputs) {
    const absolute = locate(path)
    try {
      const stats = lstatSync(absolute)
      const isUntouched = !stats.isSymbolicLink() && stats.ctimeMs < startedAt - timestampStepMs
      if (!isUntouched && !stats.isDirectory()) rmSync(absolute)
    } catch {
      // Not there, or not to be removed; that the command was killed is what counts.
    }
  }
}

function makeDirectoryOf(path: string): void {
  const directory = dirname(path)
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true })
}
