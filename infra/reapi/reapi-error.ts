/** Bytes that are no message of the Remote Execution API, or one that says what can't be. The message is one line with a mend. */
export class ReapiError extends Error {
  override readonly name = 'ReapiError'
}
