import { textWidth } from '../progress/text-width.ts'

/** Rows under titles in columns: to the right, or to the left where the title begins with `>`. */
export function tableLines(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const head = titles.map((title) => title.replace(/^>/, ''))
  const widths = head.map((title, i) => rows.reduce((width, row) => Math.max(width, textWidth(row[i]!)), title.length))
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => {
        const blanks = ' '.repeat(widths[i]! - textWidth(cell))
        return titles[i]!.startsWith('>') ? cell + blanks : blanks + cell
      })
      .join('  ')
      .trimEnd(),
  )
}
