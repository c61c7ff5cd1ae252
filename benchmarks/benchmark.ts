export interface BenchmarkSurroundings {
  /** Empty and removed afterwards. */
  readonly directory: string
  /** Command that starts the compiled Millrace. */
  readonly millrace: readonly string[]
}

export type Benchmark = (surroundings: BenchmarkSurroundings) => Promise<void>
