/** A text that names files of one place, as it would name those of another: each root of `from` gives way to that of `to`. */
export function movedText(text: string, from: readonly string[], to: readonly string[]): string {
  const moves = from.flatMap((root, i) => (to[i] === undefined || to[i] === root ? [] : [[root, to[i]] as const]))
  if (moves.length === 0) return text
  const byLength = new Map(moves.toSorted(([a], [b]) => b.length - a.length))
  const pattern = [...byLength.keys()].map((root) => root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  // Not within a longer path, nor where a longer name begins alike.
  const whole = new RegExp(`(?<![\\w.\\-/+\\u0080-\\uffff])(?:${pattern})(?=$|[/:;,\\s"'<>()\\[\\]=|&])`, 'g')
  return text.replace(whole, (root) => byLength.get(root)!)
}

/** The same for what a command printed, in whatever encoding. */
export function movedOutput(output: Uint8Array, from: readonly string[], to: readonly string[]): Uint8Array {
  // One character for each byte, so that nothing is lost.
  const inBytes = (paths: readonly string[]) => paths.map((path) => Buffer.from(path).toString('latin1'))
  const text = Buffer.from(output).toString('latin1')
  const moved = movedText(text, inBytes(from), inBytes(to))
  return moved === text ? output : Buffer.from(moved, 'latin1')
}
