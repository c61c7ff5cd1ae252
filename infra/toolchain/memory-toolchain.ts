import type { Toolchain, ToolParts } from './toolchain.ts'

const noParts: ToolParts = { files: [], headerDirectories: [] }

/** A toolchain that is told what belongs to which program: for tests and simulation. */
export class MemoryToolchain implements Toolchain {
  readonly #parts: ReadonlyMap<string, ToolParts>

  constructor(parts: Readonly<Record<string, ToolParts>> = {}) {
    this.#parts = new Map(Object.entries(parts))
  }

  parts(program: string): ToolParts {
    return this.#parts.get(program) ?? noParts
  }
}
