/** Something the user can mend. The message is one line (or a few) without a stack; the command ends with exit code 2. */
export class UserError extends Error {
  override readonly name = 'UserError'
}
