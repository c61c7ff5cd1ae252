/** Where builds are asked for, by any program that reaches the server. */
export interface RequestDesk {
  /**
   * Answers requests until the returned function is called; each request reaches one of the processes that serve. What `answer` gives
   * is sent to the client as JSON; it is not to reject.
   */
  serve(answer: AnswerRequest): () => Promise<void>
  /** Asks every process that serves; gives the answers that come within `waitMs`. For questions that each answers for itself. */
  askAll(question: object, waitMs: number): Promise<readonly unknown[]>
  /** Answers such questions, with `undefined` for nothing to say. */
  answerAll(answer: (question: unknown) => object | undefined): () => Promise<void>
  /** Requests a build and gives the answer. Rejects with {@link RequestDeskError}: nobody serves, or none answers in time. */
  request(project: string, form: object, waitMs: number): Promise<unknown>
  close(): Promise<void>
}

/** @param body as it came: anything */
export type AnswerRequest = (project: string, body: Uint8Array) => Promise<object>

/** Nobody answers. The message is one line and says how to mend it. */
export class RequestDeskError extends Error {
  override readonly name = 'RequestDeskError'
}
