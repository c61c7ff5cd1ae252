import type { BuildId } from '../../../events/build-id.ts'
import type { CacheMiss, NotKept } from '../../../events/cache-miss.ts'
import type { Failure } from '../../../events/failure.ts'
import type { RunReason } from '../../../events/run-reason.ts'
import type { CachedOrigin } from '../../../events/task-events.ts'
import type { RunDifference } from '../../../machines/keys/run-differences.ts'
import type { TaskEnd } from '../history/recorded-build.ts'

/** Why a build did with a task what it did. `--json` prints it as it is. Times in ms since 1970. */
export interface WhyAnswer {
  /** The task's id. */
  readonly task: string
  /** The build that is spoken of, where and when it was requested. */
  readonly build: BuildId
  readonly directory: string
  readonly requestedAt: number
  readonly verdict: TaskEnd
  /** When the task ended, or was looked up where it had not ended. */
  readonly at?: number
  /** Where the last attempt ran, and how long its command did in ms. */
  readonly worker?: string
  readonly runMs?: number
  readonly failure?: Failure
  /** What differed first from the last result in the directory. */
  readonly reason?: RunReason
  /** How the path of the reason came to be other: which tasks made it, from the nearest to the root cause. */
  readonly causes?: readonly Cause[]
  /** All that differs from the last result in the directory, where there was one. */
  readonly last?: ComparedRun
  /** The task's last run in the directory failed, so there was no result. */
  readonly lastFailed?: { readonly build: BuildId; readonly at: number }
  readonly cache?:
    | { readonly isHit: true; readonly action: string; readonly origin: KnownOrigin }
    | { readonly isHit: false; readonly miss: CacheMiss; readonly nearest?: ComparedRun }
  /** The key under which the cache was given the result, or why it was not. */
  readonly kept?: string
  readonly notKept?: NotKept
  /** Of a task that is up to date: what made its outputs, and how much was found unchanged. */
  readonly made?: MadeOutputs
  /** Of a phony task: what it stands for. */
  readonly groups?: readonly GroupMember[]
  /** Of a skipped task: the failed tasks that it needs, none when the build stopped at its failure limit. */
  readonly failedNeeds?: readonly string[]
}

/** A task on the way from a change to its consequence. */
export interface Cause {
  readonly task: string
  readonly build: BuildId
  readonly end: TaskEnd
  readonly reason: RunReason
  /** Of the root cause: all that differs from the last result. */
  readonly differences?: readonly RunDifference[]
}

/** An earlier run of the same task, and all in which the later one differs from it. */
export interface ComparedRun {
  readonly build: BuildId
  readonly directory: string
  readonly at: number
  readonly differences: readonly RunDifference[]
  /** Why its result was not given to the cache. */
  readonly notKept?: NotKept
}

export interface KnownOrigin extends CachedOrigin {
  /** Where that build was, if its log is on record here. */
  readonly directory?: string
}

export interface MadeOutputs {
  /** The build that put the outputs in place. */
  readonly build: BuildId
  readonly at: number
  /** Who ran the command. */
  readonly worker: string
  readonly runMs: number
  /** They were taken from the cache. */
  readonly origin?: KnownOrigin
  /** How many inputs (discovered ones included), tools and variables are as they were. */
  readonly inputs: number
  readonly tools: number
  readonly variables: number
}

export interface GroupMember {
  readonly path: string
  /** Absent: a source. */
  readonly task?: string
  readonly end?: TaskEnd
  readonly reason?: RunReason
}
