import { isUtf8 } from 'node:buffer'
import { stripVTControlCharacters } from 'node:util'
import type { Commit } from '../../../events/commit.ts'
import type { TaskAttemptFailed, TaskCached, TaskOutput, TaskSucceeded } from '../../../events/task-events.ts'
import type { PacedOutput } from '../paced-output.ts'
import type { Paint } from '../progress/colour.ts'
import { offsetText } from './offset-text.ts'
import type { ReplayedBuild } from './replayed-build.ts'
import { readTaskHistory, type TaskAttempt, type TaskLookedUp } from './task-history.ts'
import { taskName } from './timeline.ts'

/** Prints what every task printed, in the order in which they ended, each under a header. */
export async function printOutputs(build: ReplayedBuild, out: PacedOutput, paint: Paint): Promise<void> {
  let requestedAt: number | undefined
  for await (const { commit, state } of build.commits()) {
    requestedAt ??= commit.at
    for (const event of commit.events) {
      if (!('output' in event) || event.output === undefined) continue
      const place = `${offsetText((event.type === 'task-cached' ? commit.at : event.at) - requestedAt)}, ${endText(event)}`
      out.line(paint('bold', `==> ${taskName(state, event.task)} (${place})`))
      await writeOutput(build, commit, event.output, out)
    }
    await out.room()
    if (out.isClosed) return
  }
}

function endText(event: TaskCached | TaskSucceeded | TaskAttemptFailed): string {
  if (event.type === 'task-cached') return `from the cache, as ${event.origin.worker} printed it`
  return `attempt ${event.attempt} ${event.type === 'task-succeeded' ? 'succeeded' : `failed: ${event.failure.kind}`}`
}

/** Prints what the attempts at one task printed and nothing else; of a cached one what its run printed. */
export async function printTaskOutput(build: ReplayedBuild, name: string, out: PacedOutput): Promise<void> {
  const { attempts, lookedUp } = await readTaskHistory(build, name, (_style, text) => text)
  if (lookedUp !== undefined) await printCachedOutput(build, lookedUp, out)
  for (const attempt of attempts) await printAttemptOutput(build, attempt, out)
}

/** Prints what the run printed from which a cached task was taken. */
export async function printCachedOutput(
  build: ReplayedBuild,
  { event, commit }: TaskLookedUp,
  out: PacedOutput,
): Promise<void> {
  if (event.type === 'task-cached' && event.output !== undefined) await writeOutput(build, commit, event.output, out)
}

/** Prints what one attempt printed. */
export async function printAttemptOutput(build: ReplayedBuild, attempt: TaskAttempt, out: PacedOutput): Promise<void> {
  if (attempt.end?.output !== undefined && attempt.commit !== undefined)
    await writeOutput(build, attempt.commit, attempt.end.output, out)
}

async function writeOutput(build: ReplayedBuild, commit: Commit, output: TaskOutput, out: PacedOutput): Promise<void> {
  if (output.attachment === undefined) writeText(output.text ?? '', out)
  else {
    const bytes = await build.attachment(commit, output.attachment)
    if (isUtf8(bytes)) writeText(Buffer.from(bytes).toString(), out)
    else out.bytes(bytes)
  }
  if (output.bytesDropped !== undefined) out.line(`(${output.bytesDropped} bytes beyond the limit were not kept)`)
}

/** Ends in a line break. Escape sequences only go to a terminal. */
function writeText(text: string, out: PacedOutput): void {
  const plain = out.isTerminal || !text.includes('\x1b') ? text : stripVTControlCharacters(text)
  out.write(plain === '' || plain.endsWith('\n') ? plain : `${plain}\n`)
  if (plain.includes('\x1b')) out.write('\x1b[0m')
}
