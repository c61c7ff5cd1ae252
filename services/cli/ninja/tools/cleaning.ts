import { inDirectory } from '../../../in-directory.ts'
import { inIdleTree } from '../../in-idle-tree.ts'
import { removeMadeFile } from '../../remove-made-file.ts'
import type { ToolHost } from './tool.ts'

/** Files that go away and what is said meanwhile, in ninja's words. */
export class Cleaning {
  readonly #host: ToolHost
  readonly #tried = new Set<string>()
  #removed = 0
  #hasFailed = false

  constructor(host: ToolHost) {
    this.#host = host
  }

  get isVerbose(): boolean {
    const { verbosity, isDryRun } = this.#host.options
    return verbosity === 'verbose' || isDryRun
  }

  /** Runs `work`, which yields what it prints, while no build runs here but perhaps the one that has started this process. */
  async *run(work: () => Iterable<string>): AsyncGenerator<string, number> {
    yield this.isVerbose ? 'Cleaning...\n' : 'Cleaning... '
    const printed = await this.#inQuiet(() => [...work()])
    yield printed.join('')
    yield `${this.#removed} files.\n`
    return this.#hasFailed ? 1 : 0
  }

  /** Removes a file, once. */
  *remove(path: string): Generator<string> {
    if (this.#tried.has(path)) return
    this.#tried.add(path)
    const { directory, options } = this.#host
    // As ninja, wherever the file is.
    const rules = { directory, isOutsideToo: true, isDryRun: options.isDryRun }
    const removal = removeMadeFile(inDirectory(directory, path), rules)
    if (removal === 'removed') {
      this.#removed++
      if (this.isVerbose) yield `Remove ${path}\n`
    } else if (removal === 'not-empty') this.fail(`remove(${path}): Directory not empty`)
    else if (typeof removal === 'object') this.fail(`remove(${path}): ${removal.error}`)
  }

  /** Says what went wrong; the rest goes on. */
  fail(message: string): void {
    this.#hasFailed = true
    this.#host.notice(`ninja: error: ${message}`)
  }

  async #inQuiet(work: () => readonly string[]): Promise<readonly string[]> {
    const { directory, options, openEngine, notice, signal } = this.#host
    if (options.isDryRun) return work()
    const engine = await openEngine()
    // CMake's and Meson's target `clean` is a task that starts ninja again: the build that waits for us has the tree.
    const leases = await engine.leases.list()
    const outer = leases.find(({ key, isAlive }) => key === `tree:${directory}` && isAlive)
    if (outer !== undefined && engine.isDescendantOf(outer.holder.process)) return work()
    return inIdleTree(directory, { engine, notice, signal }, async () => work())
  }
}
