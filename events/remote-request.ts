import type { Digest } from './digest.ts'

/** What a build in a cluster is requested with, beyond what a local one is. */
export interface RemoteRequest {
  /** Builds of one project share what is due to it. */
  readonly project: string
  readonly source: BuildSource
  /** Command line that is run in the sources before the graph is read. */
  readonly prepare?: string
  /** Attachment that holds the build graph as JSON, where no file of the sources does. */
  readonly graph?: Digest
  /** What commands find in their environment beside the worker's own PATH. */
  readonly environment: Readonly<Record<string, string>>
  /** Workers of this pool run the tasks. */
  readonly pool: string
  /** Of two builds, the one with the higher number comes first. */
  readonly priority: number
  /** When the build is cancelled if it has not ended, in ms since 1970. */
  readonly deadlineAt?: number
  /** Worker on the requester's own machine, and the ids of the tasks that can run nowhere else. */
  readonly client?: { readonly worker: string; readonly tasks: readonly string[] }
}

/** Where the sources come from. */
export type BuildSource =
  /** Input tree in the blob store, whose root is the file system's. */
  | { readonly snapshot: Digest }
  /** Fetched with git, and put into `directory` of the request. */
  | { readonly git: { readonly url: string; readonly revision: string } }
