import type { ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'

/** Two copies of a tree: one is built by Millrace, the other by ninja. */
export class NinjaTwin {
  readonly ours: MillraceRig
  readonly theirs: MillraceRig
  /** Where the manifest is, below the tree. */
  readonly #buildDirectory: string

  constructor(t: ExecutionContext, files: Readonly<Record<string, string>>, buildDirectory = '.') {
    requireTool('ninja')
    this.ours = new MillraceRig(t, files)
    this.theirs = new MillraceRig(t, files)
    this.#buildDirectory = buildDirectory
  }

  /** Does the same to both copies. */
  each(change: (tree: MillraceRig) => void): void {
    change(this.ours)
    change(this.theirs)
  }

  /**
   * Builds both copies, each with its own tool. Ninja's goes first: it misses a change that falls into the same tick of the
   * file system's clock (some ms) as the end of its build.
   */
  build(t: ExecutionContext): void {
    this.theirs.tool('ninja', ['-C', this.#buildDirectory])
    this.ours.mustBuild(t, '-C', this.#buildDirectory)
  }

  /** Checks that both tools would run the same commands now, and returns those; the copies' paths are `<tree>` in them. */
  same(t: ExecutionContext, state: string, ...targets: readonly string[]): readonly string[] {
    const run = this.ours.millrace(['build', '-n', '-v', '-C', this.#buildDirectory, ...targets])
    t.is(run.code, 0, `${state}: ${run.stderr}`)
    const ours = commands(run.stdout, this.ours.directory)
    const printed = this.theirs.tool('ninja', ['-n', '-v', ...targets], this.theirs.path(this.#buildDirectory))
    const theirs = commands(printed, this.theirs.directory)
    t.deepEqual(ours, theirs, state)
    return ours
  }
}

/** The commands behind `[1/2] `, sorted. */
function commands(printed: string, directory: string): readonly string[] {
  return printed
    .replace(/^(ninja|millrace): .*\n/gm, '')
    .replace(/^nothing to do.*\n/gm, '')
    .split(/^\[\d+\/\d+\] /m)
    .slice(1)
    .map((command) => command.trimEnd().replaceAll(directory, '<tree>'))
    .sort()
}
