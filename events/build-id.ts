/**
 * Name of a build: a ULID in lower case (26 characters of Crockford's base 32): 48 bits of time in ms, then 80 random
 * bits, so that names sort by the time of the request. Source: the ULID specification.
 */
export type BuildId = string

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Makes the name of a build requested at `atMs` (ms since 1970) from 16 random bytes, one per character. */
export function buildIdFrom(atMs: number, random: Uint8Array): BuildId {
  let time = ''
  for (let rest = atMs, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time
  let tail = ''
  for (let i = 0; i < 16; i++) tail += alphabet[(random[i] ?? 0) % 32]
  return time + tail
}

/** When the build was requested, in ms since 1970. */
export function requestedAt(buildId: BuildId): number {
  let ms = 0
  for (const character of buildId.slice(0, 10)) ms = ms * 32 + alphabet.indexOf(character)
  return ms
}

export function isBuildId(text: string): boolean {
  return /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text)
}
