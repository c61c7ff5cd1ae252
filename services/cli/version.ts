import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Version of Millrace, from package.json (two folders up, or three from the compiled form). */
export const version: string = read()

function read(): string {
  const near = fileURLToPath(new URL('../../package.json', import.meta.url))
  const far = fileURLToPath(new URL('../../../package.json', import.meta.url))
  return createRequire(import.meta.url)(existsSync(near) ? near : far).version
}
