/** The user ended the command before it began its work. The command ends with exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
