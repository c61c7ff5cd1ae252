import { InvalidArgumentError } from 'commander'

const sizes: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

const spans: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60 * 1000,
  h: 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  w: 7 * 24 * 60 * 60 * 1000,
}

/** Reads `20G` or `1.5T` as bytes; `0` as it is. */
export function byteSize(text: string): number {
  return quantity(text, sizes) ?? refuse('Expected a size such as 500M or 20G (K, M, G or T), or 0 for none.')
}

/** Reads `12h` or `60d` as ms; `0` as it is. */
export function timeSpan(text: string): number {
  return quantity(text, spans) ?? refuse('Expected a time such as 12h or 60d (s, m, h, d or w), or 0 for none.')
}

/** A time in the largest unit that leaves no rest: `60 days`, `36 hours`. */
export function spanText(ms: number): string {
  const units = [
    ['day', spans.d!],
    ['hour', spans.h!],
    ['minute', spans.m!],
  ] as const
  const [name, unit] = units.find(([, unit]) => ms >= unit && ms % unit === 0) ?? ['second', 1000]
  return amount(ms / unit, name)
}

/** `1 result`, `3 results`. */
export function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  if (text === '0') return 0
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?)([a-z])$/i.exec(text) ?? []
  const factor = units[unit?.toLowerCase() ?? '']
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor)
}

function refuse(message: string): never {
  throw new InvalidArgumentError(message)
}
