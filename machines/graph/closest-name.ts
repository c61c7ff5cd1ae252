/** Names longer than this (characters) get no suggestion: comparing them would cost more than it helps. */
const comparedLengthMax = 200

/**
 * The candidate that `name` is most likely a misspelling of: the smallest Levenshtein distance, at most half of the
 * name's length and at most 3 (ninja's limit), case ignored. Null when nothing is near.
 */
export function closestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length > comparedLengthMax) return null
  const wanted = name.toLowerCase()
  let closest: string | null = null
  let best = Math.min(3, Math.floor(name.length / 2)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= best) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < best) {
      best = distance
      closest = candidate
    }
  }
  return closest
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let at = 1; at <= left.length; at += 1) {
    const next = [at]
    for (let to = 1; to <= right.length; to += 1) {
      const replaced = row[to - 1]! + (left[at - 1] === right[to - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[to]! + 1, next[to - 1]! + 1))
    }
    row = next
  }
  return row[right.length]!
}
