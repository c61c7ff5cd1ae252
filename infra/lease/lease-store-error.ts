/** A lease can't be read or written, or is not held by who wants to change it. The message is one line. */
export class LeaseStoreError extends Error {
  override readonly name = 'LeaseStoreError'
}
