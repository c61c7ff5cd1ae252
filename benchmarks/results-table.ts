import type { Run } from './measure.ts'

interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right)
  return { median: sorted[sorted.length >> 1]!, min: sorted[0]!, max: sorted.at(-1)! }
}

/** The runs of one question: those of each contender, in the order they are to be shown. */
export interface Question {
  readonly title: string
  readonly contenders: Readonly<Record<string, readonly Run[]>>
  /** Contender that the others are compared with. */
  readonly peer: string
}

/** A Markdown table: medians, the spread from the fastest to the slowest run, and the ratio to the peer. */
export function resultsTable(questions: readonly Question[]): string {
  const rows = [['', '', 'time', 'min – max', 'ratio', 'memory']]
  for (const { title, contenders, peer } of questions) {
    const peerMs = spreadOf(contenders[peer]!.map((run) => run.wallMs)).median
    for (const [name, runs] of Object.entries(contenders)) {
      const wall = spreadOf(runs.map((run) => run.wallMs))
      const peak = spreadOf(runs.map((run) => run.peakBytes)).median
      const ratio = name === peer ? '1' : (wall.median / peerMs).toFixed(2)
      rows.push([title, name, msText(wall.median), `${msText(wall.min)} – ${msText(wall.max)}`, ratio, bytesText(peak)])
    }
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join('\n')
}

const msText = (ms: number) => (ms < 1000 ? `${ms.toFixed(ms < 100 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`)
const bytesText = (bytes: number) => (bytes === 0 ? '–' : `${(bytes / 2 ** 20).toFixed(0)} MiB`)
