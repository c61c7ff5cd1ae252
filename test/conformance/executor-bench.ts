import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Executor, RunOrder, RunOutcome } from '../../infra/executor/executor.ts'
import { runningProcesses } from '../../infra/process-table/process-table.ts'

/** What an executor is made with. */
export interface ExecutorSettings {
  readonly slots: number
  readonly env: Readonly<Record<string, string>>
  readonly outputBytesMax?: number
  readonly killGraceMs?: number
}

/** An executor and a folder of its own for one test. */
export interface Bench {
  readonly executor: Executor
  readonly folder: string
  /** Runs one shell line in `folder`. */
  readonly sh: (shell: string, more?: Partial<RunOrder>) => Promise<RunOutcome>
  /** Runs one program in `folder`. */
  readonly argv: (argv: readonly string[], more?: Partial<RunOrder>) => Promise<RunOutcome>
}

/** One test. */
export type Scenario = (t: ExecutionContext, bench: Bench) => Promise<void>

/** The base environment of the tested executors. */
export const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }

/** Defines a test. */
export type Define = (title: string, run: Scenario, settings?: Partial<ExecutorSettings>) => void

/** Tests on a bench each; afterwards nothing of it may be left. */
export function definer(name: string, create: (settings: ExecutorSettings) => Executor): Define {
  return (title: string, run: Scenario, settings: Partial<ExecutorSettings> = {}) => {
    test(`${name}: ${title}`, async (t) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'executor-test-')))
      const executor = create({ slots: 2, env, killGraceMs: 100, ...settings })
      const argv: Bench['argv'] = (words, more) => executor.run({ command: { argv: words }, cwd: folder, ...more })
      const sh: Bench['sh'] = (shell, more) => executor.run({ command: { shell }, cwd: folder, ...more })
      try {
        await run(t, { executor, folder, argv, sh })
      } finally {
        await executor.close()
        const left = runningProcesses().filter((entry) => environmentOf(entry.pid).includes(folder))
        rmSync(folder, { recursive: true, force: true })
        t.deepEqual(left, [], 'no process is left after close')
      }
    })
  }
}

/** A command's output as text. */
export function text(outcome: Pick<RunOutcome, 'output'>): string {
  return Buffer.from(outcome.output).toString()
}

/** Running processes that were started in a folder, as their environment tells, and whose command holds some text. */
export function sleepers(folder: string, command = ''): number[] {
  return runningProcesses()
    .filter((entry) => environmentOf(entry.pid).includes(`PWD=${folder}\0`))
    .filter((entry) => commandOf(entry.pid).includes(command))
    .map((entry) => entry.pid)
}

function environmentOf(pid: number): string {
  return processFile(pid, 'environ')
}

function commandOf(pid: number): string {
  return processFile(pid, 'cmdline')
}

function processFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
