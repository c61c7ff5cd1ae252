import type { SnapshotStore } from '../snapshot-store/snapshot-store.ts'

/** What is known of a compiler from when it was asked. */
export interface RememberedAnswer {
  /** Status of the program's file, and the PATH by which the programs it starts were found. */
  readonly status: string
  readonly files: readonly string[]
  readonly headerDirectories: readonly string[]
  /** Directories that would have been among `headerDirectories`, had they been there. */
  readonly absentDirectories: readonly string[]
}

const snapshotName = 'toolchain'
const format = 1

/** Answers by program, kept in a snapshot store from one process to the next. */
export class RememberedAnswers {
  readonly #snapshots: SnapshotStore
  readonly #answers = new Map<string, RememberedAnswer>()

  constructor(snapshots: SnapshotStore) {
    this.#snapshots = snapshots
  }

  /** Takes over what earlier processes have learnt; content of any other form is ignored. */
  async load(): Promise<void> {
    const content = await this.#snapshots.load(snapshotName)
    if (content === null) return
    try {
      const stored = JSON.parse(Buffer.from(content).toString()) as { format?: unknown; answers?: unknown }
      if (stored.format !== format || !Array.isArray(stored.answers)) return
      for (const [program, answer] of stored.answers as [unknown, unknown][])
        if (typeof program === 'string' && isAnswer(answer)) this.#answers.set(program, answer)
    } catch {
      // Whatever could be read stays; the rest is asked for again.
    }
  }

  get(program: string): RememberedAnswer | undefined {
    return this.#answers.get(program)
  }

  async set(program: string, answer: RememberedAnswer): Promise<void> {
    this.#answers.set(program, answer)
    await this.#snapshots.save(snapshotName, Buffer.from(JSON.stringify({ format, answers: [...this.#answers] })))
  }
}

function isAnswer(value: unknown): value is RememberedAnswer {
  if (typeof value !== 'object' || value === null) return false
  const { status, files, headerDirectories, absentDirectories } = value as Partial<Record<string, unknown>>
  return typeof status === 'string' && [files, headerDirectories, absentDirectories].every(isPathList)
}

function isPathList(value: unknown): boolean {
  return Array.isArray(value) && value.every((path) => typeof path === 'string' && path.startsWith('/'))
}
