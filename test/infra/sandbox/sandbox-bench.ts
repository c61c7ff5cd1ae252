import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { RunOrder, RunOutcome } from '../../../infra/executor/executor.ts'
import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import type { Sandbox, SandboxOrder } from '../../../infra/sandbox/sandbox.ts'

/** Where the client has its files, in these tests. */
export const root = '/home/u/src'
export const build = '/home/u/src/build'

export interface SandboxBench {
  readonly stage: string
  readonly order: (more?: Partial<SandboxOrder>) => SandboxOrder
  readonly run: (order: SandboxOrder, more?: Partial<RunOrder>) => Promise<RunOutcome & { readonly text: string }>
  /** Runs one shell line in the build directory. */
  readonly sh: (
    shell: string,
    more?: Partial<SandboxOrder>,
    run?: Partial<RunOrder>,
  ) => Promise<RunOutcome & { readonly text: string }>
}

/** A stage with a source, an empty build directory and a read-only input in it, and an executor. */
export function sandboxBench(t: ExecutionContext, sandbox: Sandbox): SandboxBench {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-test-')))
  const stage = join(folder, 'stage')
  putFile(stage, `${root}/a.txt`, 'source\n')
  putFile(stage, `${build}/made.h`, 'made\n')
  const executor = createShellExecutor({ slots: 2, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, killGraceMs: 200 })
  t.teardown(async () => {
    await executor.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const order: SandboxBench['order'] = (more) => ({
    command: { shell: ':' },
    cwd: build,
    stage,
    roots: [root],
    writable: [build],
    ...more,
  })
  const run: SandboxBench['run'] = async (wanted, more) => {
    const { end, writable: _, ...wrapped } = sandbox.wrap(wanted)
    const outcome = await executor.run({ ...wrapped, ...more })
    await end(outcome.end !== 'exited')
    return { ...outcome, text: Buffer.from(outcome.output).toString() }
  }
  const sh: SandboxBench['sh'] = (shell, more, how) => run(order({ command: { shell }, ...more }), how)
  return { stage, order, run, sh }
}

/** Puts a read-only file into a stage, at the client's path. */
export function putFile(stage: string, path: string, content: string): void {
  mkdirSync(dirname(stage + path), { recursive: true })
  writeFileSync(stage + path, content, { mode: 0o444 })
}
