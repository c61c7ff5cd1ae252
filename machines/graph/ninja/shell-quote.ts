const NEEDS_QUOTES = /[^A-Za-z0-9_+\-./]/

/** A path as one word for `/bin/sh`, quoted only where it must be; the same text that ninja puts in for `$in`, `$out`. */
export function shellQuote(path: string): string {
  return NEEDS_QUOTES.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : path
}
