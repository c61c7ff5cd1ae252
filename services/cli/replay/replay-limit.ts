import { UserError } from '../../user-error.ts'

/** Where a replay stops: behind a commit, or at a time, in ms since 1970 or in ms since the request. */
export type ReplayLimit =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'time'; readonly at: number }
  | { readonly kind: 'offset'; readonly ms: number }

/** Reads `--at`: a commit number, `+1.5s` (`ms`, `s`, `m`, `h`) or an ISO time. Throws {@link UserError}. */
export function parseReplayLimit(text: string): ReplayLimit {
  if (/^[1-9]\d*$/.test(text)) return { kind: 'version', version: Number(text) }
  const offset = /^\+(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text)
  if (offset !== null) return { kind: 'offset', ms: Number(offset[1]) * msOf[(offset[2] ?? 's') as keyof typeof msOf] }
  const at = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at))
    throw new UserError(
      `--at ${text}: expected a commit number, +2.5s after the request, or a time as 2026-11-20T09:30:00`,
    )
  return { kind: 'time', at }
}

const msOf = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
