import type { BuildId } from './build-id.ts'

/** A stored commit is not what was written, or is missing. Nothing after it can be trusted. */
export class LogDamage extends Error {
  override readonly name = 'LogDamage'
  readonly buildId: BuildId
  /** The first commit that does not hold. */
  readonly version: number

  constructor(buildId: BuildId, version: number, what: string) {
    super(`commit ${version} of build ${buildId} is damaged: ${what}`)
    this.buildId = buildId
    this.version = version
  }
}
