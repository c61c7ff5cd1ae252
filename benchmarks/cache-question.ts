import type { BenchmarkSurroundings } from './benchmark.ts'
import type { Tool } from './tools.ts'

/** What one letter of `npm run bench -- cache` answers. */
export interface CacheQuestion {
  readonly title: string
  /** What it needs here. */
  readonly tools: readonly Tool[]
  /** Measures, and prints what it does and the results; the directory is its own. */
  answer(surroundings: BenchmarkSurroundings, extent: Extent): Promise<void>
}

export interface Extent {
  readonly roundsCount: number
  /** Everything is small, to try the benchmark itself. */
  readonly isSmall: boolean
}
