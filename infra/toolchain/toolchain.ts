/** What a program is made of besides its own file. */
export interface ToolParts {
  /** Absolute paths of the files that belong to it, itself not included, each once. */
  readonly files: readonly string[]
  /** Where it looks for headers by itself, in its order; absolute. */
  readonly headerDirectories: readonly string[]
}

/** Knows which files decide what a program does. */
export interface Toolchain {
  /**
   * What belongs to the program at an absolute path. The same object for as long as the program stays as it is. Programs
   * that are no compilers, and those that do not answer, have no parts. Never throws or rejects.
   */
  parts(program: string): ToolParts | Promise<ToolParts>
}
