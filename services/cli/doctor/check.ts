/** What the doctor found out about one thing. */
export interface Check {
  readonly name: string
  /** `missing`: builds can't work. `warn`: they do, but something is optional, stale or about to run short. */
  readonly status: 'ok' | 'warn' | 'missing'
  readonly what: string
  /** How to make it `ok`. */
  readonly mend?: string
}

/** A size for people: `812 bytes`, `3.4 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let size = bytes / 1024
  let unit = 0
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024
  return `${size.toFixed(1)} ${units[unit]}`
}
