/** Bad usage, or a tool that is not here: its message is shown as it is, and the exit code is 2. */
export class UserError extends Error {
  override readonly name = 'UserError'
}
