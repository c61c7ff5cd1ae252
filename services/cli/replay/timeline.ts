import type { BuildEvent } from '../../../events/build-events.ts'
import { describeEvent } from '../../../events/describe-event.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import type { PacedOutput } from '../paced-output.ts'
import type { Paint, Style } from '../progress/colour.ts'
import { toSingleLine } from '../progress/text-width.ts'
import { offsetText } from './offset-text.ts'
import type { ReplayedBuild } from './replayed-build.ts'

export interface TimelineOptions {
  /** Recorded file versions and surroundings too. */
  readonly isVerbose: boolean
  readonly paint: Paint
}

/** Prints a build's events, one a line, as fast as they are read and taken. */
export async function printTimeline(build: ReplayedBuild, out: PacedOutput, options: TimelineOptions): Promise<void> {
  let requestedAt: number | undefined
  for await (const { commit, state } of build.commits()) {
    requestedAt ??= commit.at
    for (const event of commit.events)
      if (options.isVerbose || (event.type !== 'files-digested' && event.type !== 'surroundings-noted'))
        out.line(timelineLine(event, commit.at - requestedAt, requestedAt, state, options.paint))
    await out.room()
    if (out.isClosed) return
  }
}

/** One event: when, and what happened. An event with a time of its own stands at that one. */
export function timelineLine(
  event: BuildEvent,
  commitOffsetMs: number,
  requestedAt: number,
  state: BuildState,
  paint: Paint,
): string {
  const offsetMs = 'at' in event ? event.at - requestedAt : commitOffsetMs
  const text = toSingleLine(describeEvent(event, (task) => taskName(state, task)))
  const style = styleOf(event)
  return `${paint('dim', offsetText(offsetMs).padStart(11))}  ${style === undefined ? text : paint(style, text)}`
}

/** A task's id; its number where no plan names it. */
export function taskName({ plan }: BuildState, task: number): string {
  return plan?.tasks.graph.tasks[task]?.id ?? `task ${task}`
}

function styleOf(event: BuildEvent): Style | undefined {
  switch (event.type) {
    case 'task-attempt-failed':
    case 'build-failed':
      return 'red'
    case 'build-succeeded':
      return 'green'
    case 'build-cancelled':
    case 'build-resumed':
    case 'build-taken-over':
    case 'build-warned':
      return 'yellow'
    default:
      return undefined
  }
}
