import { readdirSync, readFileSync } from 'node:fs'

/**
 * Processes that live and were started with this variable in their environment, directly or by way of others. What was
 * killed and only waits for its parent to ask (a zombie) does not count: its environment is gone.
 */
export function processesWith(variable: string, value: string): readonly number[] {
  const wanted = `${variable}=${value}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(wanted))
    .map(Number)
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    // It has ended, or is not ours to look at.
    return []
  }
}
