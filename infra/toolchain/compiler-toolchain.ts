import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { SnapshotStore } from '../snapshot-store/snapshot-store.ts'
import { askDriver } from './ask-driver.ts'
import { compilerFiles } from './compiler-files.ts'
import { type DriverAnswer, readDriverAnswer, readSearchDirectories } from './driver-answer.ts'
import { RememberedAnswers } from './remembered-answers.ts'
import type { Toolchain, ToolParts } from './toolchain.ts'

export interface CompilerToolchainOptions {
  /** Keeps what compilers have answered for later processes. */
  readonly snapshots: SnapshotStore
  /** What a compiler is asked with; PATH, HOME and LD_LIBRARY_PATH are taken from it. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** How long a compiler may take to answer; by default 10 s. */
  readonly timeoutMs?: number
}

/**
 * Asks compilers in the manner of GCC and Clang what they are made of, once for each state of their file; any other program
 * has no parts, and is not started.
 */
export function openCompilerToolchain(options: CompilerToolchainOptions): Toolchain {
  return new CompilerToolchain(options)
}

const noParts: ToolParts = { files: [], headerDirectories: [] }

/** Names of GCC's and Clang's drivers, with a target before and a version behind: `x86_64-linux-gnu-g++-12`. */
const driverName = /^(?:[\w.+-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+(?:\.\d+)*)?$/

/** What was found for a program while its file had this status. */
interface Found {
  readonly status: string
  readonly parts: ToolParts | Promise<ToolParts>
}

class CompilerToolchain implements Toolchain {
  readonly #answers: RememberedAnswers
  readonly #searchPath: string
  readonly #env: Readonly<Record<string, string>>
  readonly #timeoutMs: number
  readonly #found = new Map<string, Found>()
  #loaded: Promise<void> | undefined

  constructor({ snapshots, environment = process.env, timeoutMs = 10_000 }: CompilerToolchainOptions) {
    const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME, LD_LIBRARY_PATH } = environment
    this.#answers = new RememberedAnswers(snapshots)
    this.#searchPath = PATH
    this.#timeoutMs = timeoutMs
    // Nothing else: CPATH and its like would change the answer, and count by themselves.
    this.#env = {
      PATH,
      LC_ALL: 'C',
      CCACHE_DISABLE: '1',
      ...(HOME === undefined ? {} : { HOME }),
      ...(LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }),
    }
  }

  parts(program: string): ToolParts | Promise<ToolParts> {
    const status = program.startsWith('/') ? statusOf(program) : undefined
    if (status === undefined || !isDriver(program)) return noParts
    const found = this.#found.get(program)
    if (found?.status === status) return found.parts
    const coming = this.#find(program, `${status} ${this.#searchPath}`).catch(() => noParts)
    this.#found.set(program, { status, parts: coming })
    void coming.then((parts) => {
      if (this.#found.get(program)?.parts === coming) this.#found.set(program, { status, parts })
    })
    return coming
  }

  async #find(program: string, status: string): Promise<ToolParts> {
    this.#loaded ??= this.#answers.load()
    await this.#loaded
    const known = this.#answers.get(program)
    if (known?.status === status && !known.absentDirectories.some(existsSync)) {
      const { files, headerDirectories } = known
      return { files, headerDirectories }
    }
    const answer = await this.#ask(program)
    if (answer === undefined) return noParts
    const { headerDirectories, absentDirectories } = answer
    const files = compilerFiles(program, answer, this.#searchPath)
    await this.#answers.set(program, { status, files, headerDirectories, absentDirectories })
    return { files, headerDirectories }
  }

  /** One start for GCC with C++; a second one for GCC without, and for Clang, which does not say where its programs are. */
  async #ask(program: string): Promise<DriverAnswer | undefined> {
    const ask = (...args: string[]) => askDriver({ program, args, env: this.#env, timeoutMs: this.#timeoutMs })
    const output = (await ask('-E', '-v', '-x', 'c++', '/dev/null')) ?? (await ask('-E', '-v', '-x', 'c', '/dev/null'))
    const answer = output === undefined ? undefined : readDriverAnswer(output)
    if (answer === undefined || answer.programDirectories.length > 0) return answer
    return { ...answer, ...readSearchDirectories((await ask('-print-search-dirs')) ?? '') }
  }
}

function isDriver(program: string): boolean {
  if (driverName.test(basename(program))) return true
  try {
    return driverName.test(basename(realpathSync(program)))
  } catch {
    return false
  }
}

/** Times, size and identity of a program's file, links followed; undefined when there is none. */
function statusOf(program: string): string | undefined {
  try {
    const stats = statSync(program, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined || !stats.isFile()) return undefined
    return [stats.mtimeNs, stats.ctimeNs, stats.size, stats.ino, stats.dev].join(' ')
  } catch {
    return undefined
  }
}
