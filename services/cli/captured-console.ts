import type { LocalExecutor } from '../embedded/engine.ts'

/**
 * Runs console tasks like all others: their output is captured, and they don't get the terminal. For `--json`, whose
 * standard output is for events alone.
 */
export function capturedConsole(executor: LocalExecutor): LocalExecutor {
  return {
    start: () => executor.start(),
    run: (order) => executor.run({ ...order, console: false }),
    processes: () => executor.processes(),
    close: () => executor.close(),
  }
}
