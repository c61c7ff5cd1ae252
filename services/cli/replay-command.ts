import type { EventLog } from '../../infra/event-log/event-log.ts'
import { UserError } from '../user-error.ts'
import { findBuild } from './find-build.ts'
import type { OutputStream } from './output-stream.ts'
import { type PaceableStream, PacedOutput } from './paced-output.ts'
import { painter, wantsColour } from './progress/colour.ts'
import { printDifference } from './replay/diff/print-difference.ts'
import { printChromeTrace } from './replay/export/print-chrome-trace.ts'
import { printOtlp } from './replay/export/print-otlp.ts'
import { concernsTask, findTask } from './replay/find-task.ts'
import { printJson } from './replay/print-json.ts'
import { printOutputs, printTaskOutput } from './replay/print-output.ts'
import { printState } from './replay/print-state.ts'
import { printTask } from './replay/print-task.ts'
import { parseReplayLimit } from './replay/replay-limit.ts'
import { ReplayedBuild } from './replay/replayed-build.ts'
import { type KeyStream, stepThrough } from './replay/step-through.ts'
import { printTimeline } from './replay/timeline.ts'
import { verifyBuild } from './replay/verify.ts'

/** How a trace is written: as OpenTelemetry's collectors take it, or as browsers draw it. */
export type TraceForm = 'otlp' | 'chrome-trace'

export interface ReplayOptions {
  /** A whole id, its beginning or end; `last`; `@n`. */
  readonly build: string
  /** Counts only builds of this directory. */
  readonly directory?: string
  /** Task id or output path. */
  readonly task?: string
  readonly at?: string
  /** The build that this one is held against, named as `build`. */
  readonly diff?: string
  readonly export?: TraceForm
  readonly isStep: boolean
  readonly isOutput: boolean
  readonly isVerify: boolean
  readonly isVerbose: boolean
  readonly isJson: boolean
}

export interface ReplayContext {
  readonly log: EventLog
  readonly stdin: KeyStream
  readonly stdout: OutputStream & PaceableStream
  /** Writes one line to standard error. */
  readonly notice: (line: string) => void
  /** `TERM`, `NO_COLOR` and `FORCE_COLOR` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Tells what a build's log says. Throws `UserError`, and `LogDamage` at the first commit that does not hold. */
export async function replayCommand(options: ReplayOptions, context: ReplayContext): Promise<void> {
  checkOptions(options)
  const { log, stdout } = context
  const limit = options.at === undefined ? undefined : parseReplayLimit(options.at)
  const { buildId, lastVersion } = await findBuild(log, { ...options, name: options.build })
  const build = new ReplayedBuild(log, buildId)
  const out = new PacedOutput(stdout)
  const paint = painter(wantsColour(stdout, context.env))
  try {
    if (options.diff !== undefined)
      await printDifference(log, buildId, out, { ...options, diff: options.diff, paint, notice: context.notice })
    else if (options.export === 'otlp') await printOtlp(build, out)
    else if (options.export === 'chrome-trace') await printChromeTrace(build, out)
    else if (options.isVerify) out.line(await verifyBuild(build, lastVersion))
    else if (options.isStep) await stepThrough(build, { ...context, paint })
    else if (limit !== undefined) await printState(build, out, { limit, lastVersion, isJson: options.isJson, paint })
    else if (options.isJson) await printEvents(build, options.task, out)
    else if (options.task !== undefined && options.isOutput) await printTaskOutput(build, options.task, out)
    else if (options.isOutput) await printOutputs(build, out, paint)
    else if (options.task !== undefined) await printTask(build, options.task, out, paint)
    else await printTimeline(build, out, { isVerbose: options.isVerbose, paint })
  } finally {
    await out.flushed()
  }
}

async function printEvents(build: ReplayedBuild, name: string | undefined, out: PacedOutput): Promise<void> {
  if (name === undefined) return printJson(build, out, {})
  let task: number | undefined
  await printJson(build, out, {
    isWanted: (event, { state }) => {
      if (event.type === 'build-planned') task = findTask(state, name)
      return task !== undefined && concernsTask(event, task)
    },
  })
}

/** Throws {@link UserError} for options that ask for two things at once. */
function checkOptions(options: ReplayOptions): void {
  const { task, at, diff, isStep, isOutput, isVerify, isJson } = options
  const modes = [
    ['--verify', isVerify],
    ['--step', isStep],
    ['--at', at !== undefined],
    ['--diff', diff !== undefined],
    ['--export', options.export !== undefined],
    ['--output', isOutput],
    ['--task', task !== undefined && !isOutput],
  ].flatMap(([name, isGiven]) => (isGiven ? [name] : []))
  if (modes.length > 1) throw new UserError(`${modes.join(' and ')} can't be used together`)
  if (isJson && (isVerify || isStep || isOutput || options.export !== undefined))
    throw new UserError(`--json can't be used with ${modes[0]}`)
}
