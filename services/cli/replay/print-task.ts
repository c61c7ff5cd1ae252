import { describeMiss, describeNotKept, describeReason } from '../../../events/describe-event.ts'
import type { FileVersion } from '../../../events/digest.ts'
import type { VariableValue } from '../../../events/surroundings.ts'
import type { Phases, TaskCached, TaskSucceeded } from '../../../events/task-events.ts'
import type { Task } from '../../../machines/graph/build-graph.ts'
import type { PacedOutput } from '../paced-output.ts'
import type { Paint } from '../progress/colour.ts'
import { longDuration } from '../progress/duration-text.ts'
import { commandLine } from '../progress/task-line.ts'
import { localTime } from '../time-text.ts'
import { printAttemptOutput, printCachedOutput } from './print-output.ts'
import type { ReplayedBuild } from './replayed-build.ts'
import { readTaskHistory, type TaskAttempt, type TaskHistory } from './task-history.ts'

/** Prints all that a build's log tells of one task: command, reason, files with digests, attempts and their output. */
export async function printTask(build: ReplayedBuild, name: string, out: PacedOutput, paint: Paint): Promise<void> {
  const history = await readTaskHistory(build, name, paint)
  const { state, task, status, lines, lookedUp, attempts } = history
  const declaration = state.plan!.tasks.graph.tasks[task]!
  const field = (label: string, text: string) => out.line(`${paint('bold', `${label}:`.padEnd(9))} ${text}`)
  field('task', declaration.id)
  field('status', statusText(history))
  if (declaration.description !== '') field('what', declaration.description)
  const command = commandLine(declaration)
  if (command !== '') field('command', command)
  printPlace(declaration, field)
  if (lookedUp !== undefined) field('reason', describeReason(lookedUp.event.reason))
  printCacheAnswer(history, field)
  if (lines.length > 0) out.line('')
  for (const line of lines) out.line(line)
  if (lookedUp !== undefined) {
    printFiles('inputs', lookedUp.inputs, out, paint)
    printFiles('tools', lookedUp.surroundings?.tools ?? [], out, paint)
    printVariables(lookedUp.surroundings?.variables ?? [], out, paint)
  }
  const end = resultOf(history)
  if (end !== undefined) {
    const versions = (numbers: readonly number[]) => numbers.map((number) => state.fileVersions[number]!)
    printFiles('also read', versions(end.discovered), out, paint)
    printFiles('outputs', versions(end.outputs), out, paint)
  } else if (status !== 'succeeded' && command !== '') {
    out.line(`\n${paint('bold', 'outputs:')}`)
    for (const path of state.plan!.tasks.outputs(task)) out.line(`  ${path}`)
  }
  if (lookedUp?.event.type === 'task-cached' && lookedUp.event.output !== undefined) {
    out.line(`\n${paint('bold', 'printed')} by the run that was cached:`)
    await printCachedOutput(build, lookedUp, out)
  }
  for (const attempt of attempts) await printAttempt(build, attempt, out, paint)
}

/** What the task made; nothing where it did not come to a good end. */
function resultOf({ status, lookedUp, attempts }: TaskHistory): TaskCached | TaskSucceeded | undefined {
  if (status === 'cached' && lookedUp?.event.type === 'task-cached') return lookedUp.event
  const end = attempts.at(-1)?.end
  return end?.type === 'task-succeeded' ? end : undefined
}

function printCacheAnswer(history: TaskHistory, field: (label: string, text: string) => void): void {
  const event = history.lookedUp?.event
  if (event?.type === 'task-cached') {
    const { build, worker, at, runMs } = event.origin
    field('cache', `made by build ${build} on ${worker} at ${localTime(at)}, in ${longDuration(runMs)}`)
    field('action', event.action)
    return
  }
  if (event?.miss !== undefined) field('cache', describeMiss(event.miss))
  const end = resultOf(history)
  if (end?.type !== 'task-succeeded') return
  if (end.notKept !== undefined) field('kept', `no: ${describeNotKept(end.notKept)}`)
  else if (end.kept !== undefined) field('kept', `yes, as ${end.kept}`)
}

function statusText({ status, attempts }: TaskHistory): string {
  const failure = attempts.at(-1)?.end
  if (status === 'failed' && failure?.type === 'task-attempt-failed')
    return `failed (${failure.failure.kind}: ${failure.failure.message})`
  return status === 'reached' ? 'phony, all it names is there' : status
}

function printPlace({ cwd, env, pool }: Task, field: (label: string, text: string) => void): void {
  if (cwd !== undefined) field('in', cwd)
  for (const [name, value] of Object.entries(env ?? {})) field('env', `${name}=${value}`)
  if (pool !== undefined) field('pool', pool)
}

/** Of most nothing is to be said but that they are not set. */
function printVariables(variables: readonly VariableValue[], out: PacedOutput, paint: Paint): void {
  printFiles(
    'variables',
    variables.filter(([, value]) => value !== null),
    out,
    paint,
  )
  const unset = variables.filter(([, value]) => value === null).map(([name]) => name)
  if (unset.length > 0) out.line(`\n${paint('bold', 'not set:')} ${unset.join(', ')}`)
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
