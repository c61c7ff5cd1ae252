import type { BuildRequest, TaskCounts } from '../../events/build-events.ts'
import { advanceBuildHeader, type BuildHeader, emptyBuildHeader } from '../../events/build-header.ts'
import { requestedAt } from '../../events/build-id.ts'
import { describeCounts } from '../../events/describe-event.ts'
import { LogDamage } from '../../events/log-damage.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { KnownLease, LeaseStore } from '../../infra/lease/lease-store.ts'
import { commitAt } from './commit-at.ts'
import { buildsOf, type FoundBuild } from './find-build.ts'
import type { OutputStream } from './output-stream.ts'
import { PacedOutput } from './paced-output.ts'
import { painter, type Style, wantsColour } from './progress/colour.ts'
import { longDuration } from './progress/duration-text.ts'
import { ageText, localTime } from './time-text.ts'

export interface BuildsOptions {
  /** Only builds of this directory. */
  readonly directory?: string
  readonly countMax: number
  readonly isJson: boolean
}

export interface BuildsContext {
  readonly log: EventLog
  readonly leases: LeaseStore
  readonly stdout: OutputStream
  /** ms since 1970. */
  readonly now: number
}

/** A build in a few words, from its first and its last commit. Times in ms. */
interface BuildSummary {
  readonly build: string
  readonly status: 'running' | 'crashed' | 'succeeded' | 'failed' | 'cancelled' | 'damaged'
  /** ms since 1970. */
  readonly requestedAt: number
  readonly directory?: string
  readonly targets?: readonly string[]
  /** Absent while it has not ended. */
  readonly counts?: TaskCounts
  /** From the request to the last commit; of a running build to now. */
  readonly durationMs?: number
  /** What is wrong with a damaged one. */
  readonly message?: string
}

/** Lists builds, newest first. */
export async function buildsCommand(options: BuildsOptions, context: BuildsContext): Promise<void> {
  const { log, stdout, now } = context
  const out = new PacedOutput(stdout)
  const leases = await context.leases.list()
  const summaries: BuildSummary[] = []
  let count = 0
  for await (const build of buildsOf(log, options.directory)) {
    const summary = await summaryOf(log, build, leases, now)
    if (options.isJson) out.line(jsonLine(summary))
    else summaries.push(summary)
    await out.room()
    if (out.isClosed || ++count === options.countMax) break
  }
  if (!options.isJson) printTable(summaries, out, context)
  await out.flushed()
}

async function summaryOf(
  log: EventLog,
  { buildId, lastVersion }: FoundBuild,
  leases: readonly KnownLease[],
  now: number,
): Promise<BuildSummary> {
  const named = { build: buildId, requestedAt: requestedAt(buildId) }
  try {
    const first = await commitAt(log, buildId, 1)
    const last = await commitAt(log, buildId, lastVersion)
    const header = advanceBuildHeader(emptyBuildHeader, lastVersion === 1 ? [first] : [first, last])
    const { request, requestedAt, endedAt, status, counts } = header
    if (request === undefined || requestedAt === undefined)
      throw new LogDamage(buildId, 1, 'it is not the request of a build')
    const summary = { ...named, requestedAt, directory: request.directory, targets: request.targets }
    if (counts !== undefined && endedAt !== undefined && isEnd(status))
      return { ...summary, status, counts, durationMs: endedAt - requestedAt }
    const isRunning = leases.some((lease) => isBuilding(lease, buildId, request))
    return isRunning
      ? { ...summary, status: 'running', durationMs: now - requestedAt }
      : { ...summary, status: 'crashed', durationMs: last.at - requestedAt }
  } catch (error) {
    if (!(error instanceof LogDamage)) throw error
    return { ...named, status: 'damaged', message: error.message }
  }
}

function isEnd(status: BuildHeader['status']): status is 'succeeded' | 'failed' | 'cancelled' {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled'
}

/** A build that runs nothing is not noted in its lease. */
function isBuilding({ key, holder, isAlive }: KnownLease, buildId: string, { directory }: BuildRequest): boolean {
  return isAlive && key === `tree:${directory}` && (holder.note.buildId ?? buildId) === buildId
}

function jsonLine({
  build,
  status,
  requestedAt,
  directory,
  targets,
  counts,
  durationMs,
  message,
}: BuildSummary): string {
  return JSON.stringify({
    build,
    status,
    requested_at: new Date(requestedAt).toISOString(),
    directory,
    targets,
    counts,
    duration_ms: durationMs,
    message,
  })
}

function printTable(summaries: readonly BuildSummary[], out: PacedOutput, { stdout, now }: BuildsContext): void {
  if (summaries.length === 0) {
    out.line('no build is on record')
    return
  }
  const paint = painter(wantsColour(stdout, process.env))
  const rows = summaries.map((summary) => [
    summary.build,
    `${localTime(summary.requestedAt)} (${ageText(now - summary.requestedAt)})`,
    summary.status,
    summary.counts === undefined ? '' : describeCounts(summary.counts),
    summary.durationMs === undefined ? '' : longDuration(summary.durationMs),
    placeText(summary),
  ])
  const titles = ['build', 'when', 'status', 'tasks', 'time', 'directory and targets']
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const aligned = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)))
  out.line(paint('bold', aligned(titles).join('  ')))
  for (const [i, row] of rows.entries()) {
    const cells = aligned(row)
    cells[2] = paint(styles[summaries[i]!.status], cells[2]!)
    out.line(cells.join('  ').trimEnd())
  }
}

function placeText({ directory, targets, message }: BuildSummary): string {
  if (directory === undefined) return message ?? ''
  return targets === undefined || targets.length === 0 ? directory : `${directory}: ${targets.join(' ')}`
}

const styles: Readonly<Record<BuildSummary['status'], Style>> = {
  running: 'cyan',
  crashed: 'yellow',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  damaged: 'red',
}
