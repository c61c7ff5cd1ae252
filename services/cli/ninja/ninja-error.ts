/** Ends the command with exit code 1 and one line in ninja's words: `ninja: error: ` or `ninja: fatal: `, and the message. */
export class NinjaError extends Error {
  override readonly name = 'NinjaError'
  readonly severity: 'error' | 'fatal'

  constructor(message: string, severity: 'error' | 'fatal' = 'error') {
    super(message)
    this.severity = severity
  }
}
