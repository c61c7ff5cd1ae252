import type { Digest } from './digest.ts'

/** Why a task's last result does not stand: what differs from what is on record for it in this work tree. */
export type RunReason =
  /** Nothing is on record. */
  | { readonly kind: 'no-record' }
  | { readonly kind: 'output-missing'; readonly path: string }
  /** An output is not the one that the task made. */
  | { readonly kind: 'output-changed'; readonly path: string }
  | { readonly kind: 'command-changed' }
  /** A program that it starts, a part of one, or a script that one runs. */
  | { readonly kind: 'tool-changed'; readonly path: string; readonly was: Digest | null; readonly is: Digest | null }
  /** An environment variable that matters to it; digests of the values, `null` for not set. */
  | {
      readonly kind: 'variable-changed'
      readonly name: string
      readonly was: Digest | null
      readonly is: Digest | null
    }
  | { readonly kind: 'input-changed'; readonly path: string; readonly was: Digest | null; readonly is: Digest | null }
  | { readonly kind: 'input-added'; readonly path: string }
  | { readonly kind: 'input-removed'; readonly path: string }
  /** There is a file now where the compiler would find it before the header `path` that it read. */
  | { readonly kind: 'header-shadowed'; readonly path: string; readonly by: string }
  /** The outputs are older than an input (generator tasks, which may have been run by hand, are judged by time). */
  | { readonly kind: 'output-older'; readonly path: string }
  /** It depends on a phony target that never exists. */
  | { readonly kind: 'always'; readonly path: string }
