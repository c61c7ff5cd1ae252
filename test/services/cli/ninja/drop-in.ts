import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { MillraceRig, type MillraceRun } from '../../../rig/millrace.ts'
import { requireTool } from '../../../rig/require-tool.ts'

/** The script that stands in for ninja; a tool that is to start it takes its path. */
export const launcher = join(import.meta.dirname, '../../../../services/cli/millrace-ninja.cjs')

/** A tree in which the drop-in and the real ninja can be asked the same. */
export class DropIn extends MillraceRig {
  /** Runs the drop-in to its end. */
  ninja(...args: readonly string[]): MillraceRun {
    return this.run(process.execPath, [launcher, ...args])
  }

  /** Runs the real ninja to its end. */
  realNinja(...args: readonly string[]): MillraceRun {
    requireTool('ninja')
    return this.run('ninja', args)
  }

  /** Runs a program in the tree that may start the drop-in. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): MillraceRun {
    const { NODE_OPTIONS: _, ...own } = process.env
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.directory,
      env: { ...own, XDG_STATE_HOME: this.stateDirectory, XDG_CACHE_HOME: this.cacheDirectory, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
      maxBuffer: 1 << 28,
    })
    if (error !== undefined) throw error
    return { code: status, stdout, stderr }
  }

  /** As {@link run}, for a program that has to end well. Returns what it printed. */
  mustRun(
    t: ExecutionContext,
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): string {
    const { code, stdout, stderr } = this.run(program, args, env)
    t.is(code, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }

  /** Checks that both print the same and end the same way. Returns what they printed. */
  same(t: ExecutionContext, ...args: readonly string[]): string {
    const ours = this.ninja(...args)
    t.deepEqual(ours, this.realNinja(...args), args.join(' '))
    return ours.stdout
  }
}
