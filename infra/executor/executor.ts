/** Runs commands, each with all its children under control. */
export interface Executor {
  /**
   * Runs one command to its end. Never rejects for what the command does: exit codes, signals, timeouts and aborts are
   * outcomes. Rejects with {@link ExecutorError} when no command can be started at all.
   */
  run(order: RunOrder): Promise<RunOutcome>
  /** Kills what still runs, with all children, and resolves when nothing is left. */
  close(): Promise<void>
}

export interface RunOrder {
  /** One line for `/bin/sh -c`, or an argument vector that no shell sees. */
  readonly command: { readonly shell: string } | { readonly argv: readonly string[] }
  /** Absolute path. */
  readonly cwd: string
  /** Variables added to the executor's base environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Wall time after which the command is killed with all its children; absent: none. */
  readonly timeoutMs?: number
  /** Gives the command our own terminal (stdin, stdout, stderr); its output is then not captured. */
  readonly console?: boolean
  /** Kills the command with all its children. */
  readonly signal?: AbortSignal
  /** Called with each piece of output as it comes (stdout and stderr as one stream). */
  readonly onOutput?: (piece: Uint8Array) => void
}

export interface RunOutcome {
  /** How the command ended. `aborted`: by the order's signal. */
  readonly end: 'exited' | 'signalled' | 'timed-out' | 'aborted'
  /** Exit code 0..255; 128 + signal number when a signal ended it. */
  readonly exitCode: number
  /** Stdout and stderr in the order written; at most `outputBytesMax`, the middle cut when it was more. */
  readonly output: Uint8Array
  /** Bytes that the command wrote and `output` does not hold. */
  readonly outputBytesDropped: number
  /** Wall time of the run. */
  readonly runMs: number
}

/** No command can be started (no shell, no processes left). */
export class ExecutorError extends Error {
  override readonly name = 'ExecutorError'
}
