import { type Digest, digestOf, type FileVersion } from './digest.ts'

/** What a command finds around it and what decides its result beside its inputs: programs and environment variables. */
export interface Surroundings {
  /** Programs that it starts, what they are made of (compiler proper, linker, runtime libraries), and scripts that they run. */
  readonly tools: readonly FileVersion[]
  /** Environment variables that matter to it, by name: digest of the value, `null` for one that is not set. */
  readonly variables: readonly VariableValue[]
}

export type VariableValue = readonly [name: string, value: Digest | null]

/** Digest over all of it: equal surroundings have the same one. */
export function surroundingsDigest({ tools, variables }: Surroundings): Digest {
  return digestOf(JSON.stringify([tools, variables]))
}
