import { describeReason } from '../../../events/describe-event.ts'
import type { FileVersion } from '../../../events/digest.ts'
import type { Phases } from '../../../events/task-events.ts'
import type { Task } from '../../../machines/graph/build-graph.ts'
import type { PacedOutput } from '../paced-output.ts'
import type { Paint } from '../progress/colour.ts'
import { longDuration } from '../progress/duration-text.ts'
import { commandLine } from '../progress/task-line.ts'
import { printAttemptOutput } from './print-output.ts'
import type { ReplayedBuild } from './replayed-build.ts'
import { readTaskHistory, type TaskAttempt, type TaskHistory } from './task-history.ts'

/** Prints all that a build's log tells of one task: command, reason, files with digests, attempts and their output. */
export async function printTask(build: ReplayedBuild, name: string, out: PacedOutput, paint: Paint): Promise<void> {
  const history = await readTaskHistory(build, name, paint)
  const { state, task, status, lines, queued, attempts } = history
  const declaration = state.plan!.tasks.graph.tasks[task]!
  const field = (label: string, text: string) => out.line(`${paint('bold', `${label}:`.padEnd(9))} ${text}`)
  field('task', declaration.id)
  field('status', statusText(history))
  if (declaration.description !== '') field('what', declaration.description)
  const command = commandLine(declaration)
  if (command !== '') field('command', command)
  printSurroundings(declaration, field)
  if (queued !== undefined) field('reason', describeReason(queued.reason))
  if (lines.length > 0) out.line('')
  for (const line of lines) out.line(line)
  if (queued !== undefined) printFiles('inputs', queued.inputVersions, out, paint)
  const end = attempts.at(-1)?.end
  if (end?.type === 'task-succeeded') {
    const versions = (numbers: readonly number[]) => numbers.map((number) => state.fileVersions[number]!)
    printFiles('also read', versions(end.discovered), out, paint)
    printFiles('outputs', versions(end.outputs), out, paint)
  } else if (status !== 'succeeded' && command !== '') {
    out.line(`\n${paint('bold', 'outputs:')}`)
    for (const path of state.plan!.tasks.outputs(task)) out.line(`  ${path}`)
  }
  for (const attempt of attempts) await printAttempt(build, attempt, out, paint)
}

function statusText({ status, attempts }: TaskHistory): string {
  const failure = attempts.at(-1)?.end
  if (status === 'failed' && failure?.type === 'task-attempt-failed')
    return `failed (${failure.failure.kind}: ${failure.failure.message})`
  return status === 'reached' ? 'phony, all it names is there' : status
}

function printSurroundings({ cwd, env, pool }: Task, field: (label: string, text: string) => void): void {
  if (cwd !== undefined) field('in', cwd)
  for (const [name, value] of Object.entries(env ?? {})) field('env', `${name}=${value}`)
  if (pool !== undefined) field('pool', pool)
}

function printFiles(title: string, versions: readonly FileVersion[], out: PacedOutput, paint: Paint): void {
  if (versions.length === 0) return
  out.line(`\n${paint('bold', `${title}:`)}`)
  const width = Math.min(60, Math.max(...versions.map(([path]) => path.length)))
  for (const [path, digest] of versions) out.line(`  ${path.padEnd(width)}  ${paint('dim', digest ?? '(not there)')}`)
}

async function printAttempt(build: ReplayedBuild, attempt: TaskAttempt, out: PacedOutput, paint: Paint): Promise<void> {
  const { started, end } = attempt
  out.line('')
  if (end === undefined) {
    out.line(`${paint('bold', `attempt ${started.attempt}`)} on ${started.worker}: had not ended`)
    return
  }
  const result = end.type === 'task-succeeded' ? 'succeeded' : `failed: ${end.failure.kind}, ${end.failure.message}`
  out.line(`${paint('bold', `attempt ${end.attempt}`)} on ${end.worker}: ${result} (${phasesText(end.phases)})`)
  if (end.output !== undefined) await printAttemptOutput(build, attempt, out)
}

function phasesText({ queueMs, fetchMs, runMs, storeMs }: Phases): string {
  return `queued ${longDuration(queueMs)}, fetch ${longDuration(fetchMs)}, run ${longDuration(runMs)}, store ${longDuration(storeMs)}`
}
