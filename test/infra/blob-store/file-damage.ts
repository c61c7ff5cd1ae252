import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'

/** What can happen to a file. Where it happens is told in 0..1. */
export type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'zeros'; readonly at: number; readonly bytes: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'garbage'; readonly seed: number }
  | { readonly kind: 'gone' }

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** Half of the changed bits are in the first pages: header, schema, roots of the tables. */
export const damageArbitrary: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flip'), at: place, bit: fc.nat(7) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('flip'), at: place.map((at) => at * 0.05), bit: fc.nat(7) }),
  },
  fc.record({ kind: fc.constant('zeros'), at: place, bytes: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ kind: fc.constant('cut'), at: place }),
  fc.record({ kind: fc.constant('garbage'), seed: fc.nat() }),
  fc.record({ kind: fc.constant('gone') }),
)

export function inflict(path: string, damage: Damage): void {
  if (damage.kind === 'gone') rmSync(path)
  else writeFileSync(path, damaged(readFileSync(path), damage))
}

function damaged(bytes: Buffer, damage: Exclude<Damage, { readonly kind: 'gone' }>): Uint8Array {
  if (damage.kind === 'garbage') return bytes.map((_, i) => (Math.imul(i + 1, damage.seed | 1) >>> 13) & 255)
  const at = Math.floor(damage.at * bytes.byteLength)
  if (damage.kind === 'cut') return bytes.subarray(0, at)
  if (damage.kind === 'zeros') return bytes.fill(0, at, Math.min(bytes.byteLength, at + damage.bytes))
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << damage.bit) : byte))
}

/** The files below a directory. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort()
}

/** Makes `to` what `from` is. */
export function restore(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true })
}
