import type { QueueAnswer, QueuedBuild } from '../../../events/coordinator-question.ts'
import { describeCounts } from '../../../events/describe-event.ts'
import type { ClusterClient } from './cluster-client.ts'

/** How long coordinators may take to answer, in ms. */
const answerMs = 500

/** Waiting tasks that are named. */
const namedMax = 5

/** Tells of every build that a coordinator drives what waits in it, and why. */
export async function queueCommand(
  { desk }: ClusterClient,
  isJson: boolean,
  print: (line: string) => void,
): Promise<void> {
  const answers = (await desk.askAll({ type: 'queue' }, answerMs)) as QueueAnswer[]
  const builds = answers
    .flatMap(({ coordinator, builds: owned }) => owned.map((build) => ({ coordinator, build })))
    .sort((a, b) => b.build.priority - a.build.priority || (a.build.buildId < b.build.buildId ? -1 : 1))
  if (isJson) {
    for (const { coordinator, build } of builds) print(JSON.stringify({ ...build, coordinator }))
    return
  }
  if (answers.length === 0) print('no coordinator answers; start one (millrace coordinator)')
  else if (builds.length === 0) print(`no build is under way; ${count(answers.length, 'coordinator')} ready`)
  for (const { coordinator, build } of builds) {
    print(`${build.buildId}  ${build.project}, priority ${build.priority}, pool ${build.pool}: ${build.phase}`)
    print(`  ${describeCounts(build.counts)}; ${count(build.taken, 'task')} with workers`)
    if (build.waitingCount > 0) print(`  waiting: ${waitingText(build)}`)
    if (build.because !== undefined) print(`  because ${build.because}`)
    print(`  coordinator: process ${coordinator.pid} on ${coordinator.host}`)
  }
}

function waitingText({ waiting, waitingCount }: QueuedBuild): string {
  const named = waiting.slice(0, namedMax)
  const rest = waitingCount - named.length
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
