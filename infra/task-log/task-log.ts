/**
 * What running tasks print, as they print it, for people who look on. Nothing is stored and pieces may be lost: the whole
 * output comes with the task's report.
 */
export interface TaskLog {
  /**
   * Sends a piece of what a task prints to those who follow its build, if there are any. Never waits and never throws;
   * a task that prints too much at a time, or altogether, is cut.
   */
  send(buildId: string, taskId: string, piece: Uint8Array): void
  /** Hands out the pieces of a build's tasks, those of one task in the order printed. The returned function ends it. */
  follow(buildId: string, onPiece: (taskId: string, piece: Uint8Array) => void): () => void
}
