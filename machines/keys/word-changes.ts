/** Words that stand in one place of a command line instead of others. At least one of the two has words. */
export interface WordChange {
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/**
 * The words of a shell's command line as they are written, quotes included; operators count as words where blanks stand
 * around them.
 */
export function wordsAsWritten(text: string): readonly string[] {
  return text.match(/(?:[^\s\\'"]|\\[\s\S]?|'[^']*(?:'|$)|"(?:[^"\\]|\\[\s\S]?)*(?:"|$))+/g) ?? []
}

/** Tables larger than this are not made: beyond it, what lies between the equal ends counts as replaced. */
const tableCellsMax = 4_000_000

/**
 * What turns one list of words into the other, in order, with as many words kept as can be (their longest common
 * subsequence).
 */
export function wordChanges(before: readonly string[], after: readonly string[]): readonly WordChange[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  const shorter = Math.min(before.length, after.length) - start
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  const removed = before.slice(start, before.length - end)
  const added = after.slice(start, after.length - end)
  if (removed.length + added.length === 0) return []
  if (removed.length * added.length > tableCellsMax) return [{ removed, added }]
  return changesBetween(removed, added)
}

function changesBetween(before: readonly string[], after: readonly string[]): readonly WordChange[] {
  const kept = keptWords(before, after)
  const width = after.length + 1
  const changes: { removed: string[]; added: string[] }[] = []
  let open: { removed: string[]; added: string[] } | undefined
  const change = () => {
    if (open === undefined) {
      open = { removed: [], added: [] }
      changes.push(open)
    }
    return open
  }
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      open = undefined
      i++
      j++
    } else if (j === after.length || (i < before.length && kept[(i + 1) * width + j]! >= kept[i * width + j + 1]!))
      change().removed.push(before[i++]!)
    else change().added.push(after[j++]!)
  }
  return changes
}

/** How many words can be kept from `i` of one list and `j` of the other on: `kept[i * (after.length + 1) + j]`. */
function keptWords(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1
  const kept = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      kept[i * width + j] =
        before[i] === after[j]
          ? kept[(i + 1) * width + j + 1]! + 1
          : Math.max(kept[(i + 1) * width + j]!, kept[i * width + j + 1]!)
  return kept
}
