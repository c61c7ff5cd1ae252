import { readlinkSync } from 'node:fs'
import { identify, isRunning } from '../process-table/process-table.ts'

let owner: string | undefined
let count = 0

/** A name for a file that only this process uses; says which process that is, so that others can tell when it is dead. */
export function temporaryName(): string {
  owner ??= `${pidNamespace()}-${process.pid}-${identify(process.pid).startTicks}`
  return `${owner}-${++count}.tmp`
}

/** Whether the process that took a name has ended. False where that can't be known: for a process of another container. */
export function isAbandoned(name: string): boolean {
  const match = /^(\d+)-(\d+)-(\d+)-\d+\.tmp$/.exec(name)
  if (match === null || match[1] !== pidNamespace()) return false
  return !isRunning({ pid: Number(match[2]), startTicks: Number(match[3]) })
}

/** Process ids mean nothing beyond it. Source: pid_namespaces(7), the link's text is `pid:[4026531836]`. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}
