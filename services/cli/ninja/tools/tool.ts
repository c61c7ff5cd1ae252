import type { Engine } from '../../../embedded/engine.ts'
import type { NinjaOptions } from '../ninja-options.ts'
import type { ToolGraph } from './tool-graph.ts'

/** What a tool works with. */
export interface ToolHost {
  readonly options: NinjaOptions
  /** Real path of the directory that is worked in. */
  readonly directory: string
  /** Reads the manifest. Throws `NinjaError` when it can't be used. */
  readonly readGraph: () => Promise<ToolGraph>
  /** Opened on first use, and closed when the tool is done. */
  readonly openEngine: () => Promise<Engine>
  /** One line to standard error. */
  readonly notice: (line: string) => void
  readonly signal: AbortSignal
}

/** What `-t NAME` does: yields pieces of what is printed, and returns the exit code. Throws `NinjaError`. */
export type Tool = (
  args: readonly string[],
  host: ToolHost,
) => Generator<string, number> | AsyncGenerator<string, number>
