import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Failure } from '../../events/failure.ts'
import type { TaskOrder } from '../../events/task-order.ts'
import { inDirectory } from '../in-directory.ts'

/** Makes the directories of everything the command writes, and its response file. */
export function prepareInPlace(order: TaskOrder): Failure | undefined {
  try {
    for (const path of order.outputs) makeDirectoryOf(inDirectory(order.directory, path))
    if (order.depfile !== undefined) makeDirectoryOf(inDirectory(order.directory, order.depfile))
    if (order.rspfile !== undefined) {
      const path = inDirectory(order.directory, order.rspfile.path)
      makeDirectoryOf(path)
      writeFileSync(path, order.rspfile.content)
    }
    return undefined
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    return { kind: 'invalid', message: `can't write ${path}: ${code}` }
  }
}

export function removeResponseFile(order: TaskOrder): void {
  if (order.rspfile !== undefined) rmSync(inDirectory(order.directory, order.rspfile.path), { force: true })
}

/** Removes what a killed command left of its outputs, so that nobody takes a half for the whole. */
export function removeUnfinished(order: TaskOrder): void {
  for (const path of order.outputs) rmSync(inDirectory(order.directory, path), { force: true, recursive: false })
}

function makeDirectoryOf(path: string): void {
  const directory = dirname(path)
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true })
}
