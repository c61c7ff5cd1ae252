import { z } from 'zod'

/** A whole number from 0. */
export const count = z.int().min(0)

/** A whole number from 1. */
export const positive = z.int().min(1)

/** `<lower-case hex SHA-256>/<bytes>`. */
export const digest = z.string().regex(/^[0-9a-f]{64}\/(?:0|[1-9][0-9]*)$/)

/** Whole numbers from 0. Checked in one loop, since a link step alone may have thousands. */
export const numbers = z.custom<readonly number[]>(isCounts, 'expected an array of whole numbers from 0')

/** Whole numbers from 0, two by two. */
export const pairs = z.custom<readonly number[]>(
  (value) => isCounts(value) && value.length % 2 === 0,
  'expected pairs of whole numbers from 0',
)

/** Ascending runs `[first, count, ...]`. */
export const ranges = z.custom<readonly number[]>(isRanges, 'expected ascending runs of whole numbers')

/** What a dyndep file says about its tasks. */
export const dyndepTasks = z.array(
  z.strictObject({
    task: count,
    inputs: z.array(z.string()),
    outputs: z.array(z.string()),
    restat: z.literal(true).exactOptional(),
  }),
)

function isCounts(value: unknown): value is readonly number[] {
  if (!Array.isArray(value)) return false
  for (const number of value) if (!Number.isSafeInteger(number) || number < 0) return false
  return true
}

function isRanges(value: unknown): value is readonly number[] {
  if (!isCounts(value) || value.length % 2 === 1) return false
  let end = 0
  for (let i = 0; i < value.length; i += 2) {
    if (value[i]! < end || value[i + 1]! < 1) return false
    end = value[i]! + value[i + 1]!
  }
  return true
}
