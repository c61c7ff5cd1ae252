import { describeMiss, describeNotKept } from '../../../events/describe-event.ts'
import type { RunReason } from '../../../events/run-reason.ts'
import type { RunDifference } from '../../../machines/keys/run-differences.ts'
import { bounded, differenceLines, reasonText } from '../history/difference-text.ts'
import type { TaskEnd } from '../history/recorded-build.ts'
import type { Paint } from '../progress/colour.ts'
import { longDuration } from '../progress/duration-text.ts'
import { ageText } from '../time-text.ts'
import type { Cause, ComparedRun, GroupMember, KnownOrigin, MadeOutputs, WhyAnswer } from './why-answer.ts'

/** Of each list so many lines are shown; `--json` has all. */
const linesMax = 20

/** The answer in a few lines for people. `now`: ms since 1970. */
export function whyText(answer: WhyAnswer, now: number, paint: Paint): readonly string[] {
  const text = new WhyText(answer, now)
  return text.fields().flatMap(([label, lines]) =>
    lines.map((line, i) => {
      const margin = (i === 0 ? `${label}:` : '').padEnd(marginWidth)
      return `${i === 0 ? paint('bold', margin) : margin} ${line}`
    }),
  )
}

const marginWidth = 9

type Field = readonly [label: string, lines: readonly string[]]

class WhyText {
  readonly #answer: WhyAnswer
  readonly #now: number

  constructor(answer: WhyAnswer, now: number) {
    this.#answer = answer
    this.#now = now
  }

  fields(): readonly Field[] {
    const { task, groups, made, reason, cache, kept, notKept } = this.#answer
    const fields: Field[] = [
      ['task', [task]],
      ['verdict', [this.#verdict()]],
    ]
    if (groups !== undefined) fields.push(['groups', bounded(groups.map(memberText), linesMax)])
    if (made !== undefined) fields.push(...this.#made(made))
    if (reason !== undefined) fields.push(['reason', this.#reason(reason)])
    const further = this.#further()
    if (further.length > 0) fields.push(['also', bounded(further, linesMax)])
    if (cache !== undefined) fields.push(['cache', this.#cache(cache)])
    if (kept !== undefined) fields.push(['kept', ['yes, the cache has the result now']])
    if (notKept !== undefined) fields.push(['kept', [`no: ${describeNotKept(notKept)}`]])
    return fields
  }

  #verdict(): string {
    const { verdict, build, requestedAt, failedNeeds = [], groups = [] } = this.#answer
    const inBuild = `in build ${build} (${this.#age(requestedAt)})`
    switch (verdict) {
      case 'up-to-date':
        return `up to date ${inBuild}`
      case 'cached':
        return `taken from the cache ${inBuild}`
      case 'ran':
        return `ran ${inBuild}${this.#run()}`
      case 'failed':
        return `failed ${inBuild}${this.#run()}: ${this.#answer.failure!.kind}, ${this.#answer.failure!.message}`
      case 'skipped':
        return failedNeeds.length === 0
          ? `skipped ${inBuild}: the build stopped after a failure`
          : `skipped ${inBuild}: it needs ${failedNeeds.slice(0, 3).join(', ')}, which failed`
      case 'cancelled':
        return `cancelled ${inBuild}`
      case 'unfinished':
        return `not at its end ${inBuild}${this.#answer.worker === undefined ? '' : `, started on ${this.#answer.worker}`}`
      case 'unwanted':
        return `not wanted ${inBuild}: nothing that was asked for needs it`
      case 'phony':
        return `a name for ${groups.length} other${groups.length === 1 ? '' : 's'} ${inBuild}`
    }
  }

  #run(): string {
    const { worker, runMs } = this.#answer
    return runMs === undefined ? '' : ` on ${worker} for ${longDuration(runMs)}`
  }

  #made({ build, at, worker, runMs, origin, inputs, tools, variables }: MadeOutputs): readonly Field[] {
    const run = ` on ${worker} for ${longDuration(runMs)}`
    const made =
      origin === undefined
        ? [`build ${build} (${this.#age(at)})${run}`]
        : [`taken from the cache in build ${build} (${this.#age(at)})`, this.#origin(origin)]
    const same = [amount(inputs, 'input'), amount(tools, 'tool'), amount(variables, 'variable')]
    return [
      ['made by', made],
      ['same', [`${same[0]}, ${same[1]} and ${same[2]} are as they were then`]],
    ]
  }

  #reason(reason: RunReason): readonly string[] {
    const { lastFailed, last, causes = [] } = this.#answer
    const lines = [reasonText(reason)]
    if (lastFailed !== undefined) lines[0] += `: it failed in build ${lastFailed.build} (${this.#age(lastFailed.at)})`
    lines.push(...this.#details(reason, last?.differences).map((line) => `  ${line}`))
    for (const [i, cause] of causes.slice(0, linesMax).entries()) {
      const indent = '  '.repeat(i + 1)
      lines.push(indent + this.#cause(cause))
      lines.push(...this.#details(cause.reason, cause.differences).map((line) => `${indent}  ${line}`))
    }
    if (causes.length > linesMax) lines.push(`${'  '.repeat(linesMax + 1)}... and ${causes.length - linesMax} more`)
    return lines
  }

  /** What the words of a reason leave open. */
  #details(reason: RunReason, differences: readonly RunDifference[] = []): readonly string[] {
    if (reason.kind !== 'command-changed') return []
    return bounded(differenceLines(differences.filter((difference) => isTold(difference, reason))), linesMax)
  }

  #cause({ task, build, end, reason }: Cause): string {
    const where = build === this.#answer.build ? '' : ` in build ${build}`
    return `${task} ${endTexts[end]}${where}: ${reasonText(reason)}`
  }

  /** What differs from the last result beyond the reason. */
  #further(): readonly string[] {
    const { last, reason } = this.#answer
    if (last === undefined || reason === undefined) return []
    return differenceLines(last.differences.filter((difference) => !isTold(difference, reason)))
  }

  #cache(cache: NonNullable<WhyAnswer['cache']>): readonly string[] {
    if (cache.isHit) return [this.#origin(cache.origin)]
    const { miss, nearest } = cache
    const { last, build } = this.#answer
    const lines = [describeMiss(miss)]
    if (nearest === undefined) return lines
    const where = nearest.directory === this.#answer.directory ? '' : ` in ${nearest.directory}`
    const which = nearest.build === build ? 'in this build' : `of build ${nearest.build} (${this.#age(nearest.at)})`
    const named = `its nearest run is that ${which}${where}`
    if (nearest.build === last?.build && nearest.at === last.at) return [...lines, `${named}, which differs as above`]
    return [...lines, ...this.#nearest(named, nearest)]
  }

  #nearest(named: string, { differences, notKept }: ComparedRun): readonly string[] {
    if (notKept !== undefined && differences.length === 0)
      return [`${named}, which was not kept: ${describeNotKept(notKept)}`]
    if (differences.length === 0) return [`${named}, from which nothing on record differs: its result was removed`]
    return [
      `${named}, from which differ:`,
      ...bounded(differenceLines(differences), linesMax).map((line) => `  ${line}`),
    ]
  }

  #origin({ build, worker, at, runMs, directory }: KnownOrigin): string {
    const where = directory === undefined || directory === this.#answer.directory ? '' : ` in ${directory}`
    return `made by build ${build} (${this.#age(at)})${where} on ${worker} for ${longDuration(runMs)}`
  }

  #age(at: number): string {
    return ageText(this.#now - at)
  }
}

/** The reason itself tells of this difference. */
function isTold(difference: RunDifference, reason: RunReason): boolean {
  switch (reason.kind) {
    case 'command-changed':
      return ['command', 'response-file', 'directory', 'environment'].includes(difference.kind)
    case 'tool-changed':
      return difference.kind === 'tool' && difference.path === reason.path
    case 'variable-changed':
      return difference.kind === 'variable' && difference.name === reason.name
    case 'input-changed':
    case 'input-added':
    case 'input-removed':
      return (difference.kind === 'input' || difference.kind === 'discovered') && difference.path === reason.path
    default:
      return false
  }
}

const endTexts: Readonly<Record<TaskEnd, string>> = {
  'up-to-date': 'was up to date',
  cached: 'was taken from the cache',
  ran: 'ran',
  failed: 'failed',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
  unfinished: 'was to run',
  unwanted: 'was not wanted',
  phony: 'is a group',
}

function memberText({ path, end, reason }: GroupMember): string {
  if (end === undefined) return `${path}: a source`
  return `${path}: ${endTexts[end].replace(/^was /, '')}${reason === undefined ? '' : `: ${reasonText(reason)}`}`
}

function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
