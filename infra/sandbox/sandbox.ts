/** Lets a command see its staged inputs at the client's own paths. */
export interface Sandbox {
  /** What it is, in one line. */
  readonly description: string
  /** What a command can't do, one sentence each. */
  readonly protects: readonly string[]
  /** What it can do all the same. */
  readonly doesNotProtect: readonly string[]
  /** Throws {@link SandboxError} when the command can't be run so. */
  wrap(order: SandboxOrder): SandboxedCommand
}

/** All paths are absolute, and but for `stage` as the client has them. */
export interface SandboxOrder {
  readonly command: { readonly shell: string } | { readonly argv: readonly string[] }
  /** In one of the roots; has to be in the stage. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Directory that holds, for the root `/home/u/src`, `home/u/src`. */
  readonly stage: string
  /** Directories of the client that the command sees; each has to be in the stage. */
  readonly roots: readonly string[]
  /** Directories, roots or in roots, that the command may write to; each has to be in the stage. */
  readonly writable: readonly string[]
  /** The host's network is there. */
  readonly hasNetwork?: true
}

/** What an executor is to run in place of the command. */
export interface SandboxedCommand {
  readonly command: { readonly shell: string } | { readonly argv: readonly string[] }
  /** Of this host. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Directories that the command can change: for the stage's `noteWritable`, without the slash at their start. */
  readonly writable: readonly string[]
  /**
   * To be called when the run is over, before the stage is used again. Resolves when no process of it is left. Rejects with
   * {@link SandboxError} when some can't be killed. @param isKilled the run did not end by itself
   */
  end(isKilled: boolean): Promise<void>
}

/** A command can't be run in the sandbox. The message is one line and says how to mend it. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}
