import type { BuildState } from '../../../machines/build-state.ts'
import { findBuild } from '../find-build.ts'
import type { OutputStream } from '../output-stream.ts'
import { createReporter } from '../progress/create-reporter.ts'
import type { ClusterClient } from './cluster-client.ts'
import { followBuild } from './follow-build.ts'
import { LogLines } from './log-lines.ts'

export interface WatchOptions {
  /** As `findBuild` takes it. */
  readonly build: string
  readonly isVerbose: boolean
  readonly isJson: boolean
  readonly withLogs: boolean
}

export interface WatchContext {
  readonly client: ClusterClient
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Follows a build. Returns the exit code: that of the build, or 130 when the user has left it. */
export async function watchCommand(options: WatchOptions, context: WatchContext): Promise<number> {
  const { client, stdout, stderr, env, signal } = context
  const { buildId } = await findBuild(client.log, { name: options.build })
  let state: BuildState | undefined
  const lines = new LogLines(stdout, (task) => state?.plan?.tasks.graph.tasks[Number(task)]?.id ?? `task ${task}`)
  const stop = options.withLogs ? client.taskLog.follow(buildId, (task, piece) => lines.add(task, piece)) : () => {}
  const reporter = createReporter({
    stdout,
    stderr,
    isVerbose: options.isVerbose || options.withLogs,
    isQuiet: false,
    json: options.isJson,
    env,
    now: Date.now,
    readOutput: async ({ text, attachment }) =>
      attachment === undefined ? Buffer.from(text ?? '') : client.log.attachment(attachment),
  })
  let [beganAt, endedAt] = [0, 0]
  const end = await followBuild(buildId, {
    log: client.log,
    reporter: {
      notice: (line) => reporter.notice(line),
      commit: (commit, now) => {
        state = now
        beganAt ||= commit.at
        endedAt = commit.at
        reporter.commit(commit, now)
      },
    },
    signal,
  }).finally(stop)
  if (end === undefined) return 130
  await reporter.end({ ...end, wallMs: endedAt - beganAt })
  if (end.status === 'succeeded') return 0
  return end.status === 'cancelled' ? 130 : 1
}
