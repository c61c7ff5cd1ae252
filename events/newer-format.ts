import type { BuildId } from './build-id.ts'

/** A stored commit is whole, but says more than this release understands. */
export class NewerFormat extends Error {
  override readonly name = 'NewerFormat'
  readonly buildId: BuildId
  readonly version: number

  constructor(buildId: BuildId, version: number, what: string) {
    super(`commit ${version} of build ${buildId} was written by a newer Millrace: ${what}; mend: upgrade Millrace`)
    this.buildId = buildId
    this.version = version
  }
}
