/** A tree that can't be: bad paths, or more than is allowed. The message is one line and says how to mend it. */
export class InputTreeError extends Error {
  override readonly name = 'InputTreeError'
}
