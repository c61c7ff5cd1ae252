import { advanceBuildHeader, emptyBuildHeader } from '../../../events/build-header.ts'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import { UserError } from '../../user-error.ts'
import { findBuild } from '../find-build.ts'
import type { ClusterClient } from './cluster-client.ts'

/** How long the build's coordinator may take to answer, in ms. */
const answerMsMax = 3_000

/** Cancels a build. Throws {@link UserError} for one that has ended, or that no coordinator has. */
export async function cancelCommand(
  name: string,
  { log, desk }: ClusterClient,
  print: (line: string) => void,
): Promise<void> {
  const { buildId } = await findBuild(log, { name })
  const answers = await desk.askAll({ type: 'cancel', buildId }, answerMsMax)
  if (answers.length > 0) {
    print(`build ${buildId} is cancelled`)
    return
  }
  let header = emptyBuildHeader
  for await (const { commit } of verifiedCommits(log.read(buildId))) header = advanceBuildHeader(header, [commit])
  if (header.endedAt !== undefined) throw new UserError(`build ${buildId} has ${header.status} already`)
  throw new UserError(
    `no coordinator has build ${buildId} at the moment; start one (millrace coordinator), and try again`,
  )
}
