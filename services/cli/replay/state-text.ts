import type { Paint } from '../progress/colour.ts'
import { longDuration } from '../progress/duration-text.ts'
import { offsetText } from './offset-text.ts'
import type { StateSummary } from './state-summary.ts'

/** A state as lines for people; of each kind of tasks at most `tasksMax` are named. */
export function stateText(summary: StateSummary, tasksMax: number, paint: Paint): string[] {
  const { counts, running, queued, ready, waiting } = summary
  const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
  const slots = summary.slots === 0 ? '' : `, ${summary.slots} slot${summary.slots === 1 ? '' : 's'}`
  return [
    `${paint('bold', summary.phase)}${slots}: ${parts.length === 0 ? 'no tasks yet' : parts.join(', ')}`,
    ...group('running', running, tasksMax, paint, ({ id, runningMs, worker, attempt }) => {
      const which = attempt > 1 ? `, attempt ${attempt}` : ''
      return `${id}  ${paint('dim', `for ${longDuration(runningMs)} on ${worker}${which}`)}`
    }),
    ...group('queued', queued, tasksMax, paint, (id) => id),
    ...group('ready', ready, tasksMax, paint, (id) => id),
    ...group('waiting', waiting, tasksMax, paint, (task) => `${task.id}  ${paint('dim', `for ${named(task.for)}`)}`),
  ]
}

/** Where in the build a state is: `commit 12 of 80, +1.234 s`. */
export function placeText({ version, offsetMs }: StateSummary, lastVersion: number): string {
  return `commit ${version} of ${lastVersion}, ${offsetText(offsetMs)}`
}

function group<Item>(
  title: string,
  items: readonly Item[],
  max: number,
  paint: Paint,
  text: (item: Item) => string,
): string[] {
  if (items.length === 0) return []
  const lines = [`${paint('bold', title)} (${items.length})`, ...items.slice(0, max).map((item) => `  ${text(item)}`)]
  if (items.length > max && max > 0) lines.push(`  ... and ${items.length - max} more`)
  return lines
}

function named(ids: readonly string[]): string {
  if (ids.length === 0) return 'a dyndep file'
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more`
}
