import type { BuildSpan } from '../../../../events/build-span.ts'
import { BuildTrace } from '../../../../events/build-trace.ts'
import type { ReplayedBuild } from '../replayed-build.ts'
import { taskName } from '../timeline.ts'

/** The spans of a recorded build, a few at a time: those that were or would have been sent while it ran. */
export async function* buildSpans(build: ReplayedBuild): AsyncGenerator<readonly BuildSpan[], void> {
  const trace = new BuildTrace()
  for await (const { commit, state } of build.commits()) yield trace.advance(commit, (task) => taskName(state, task))
  yield trace.unfinished()
}
