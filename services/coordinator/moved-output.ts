/** What a command printed in one place, with the paths of another: each root of `from` gives way to that of `to`. */
export function movedOutput(output: Uint8Array, from: readonly string[], to: readonly string[]): Uint8Array {
  const moves = from.flatMap((root, i) => (to[i] === undefined || to[i] === root ? [] : [[root, to[i]] as const]))
  if (moves.length === 0) return output
  // One character for each byte, so that nothing is lost of text in an unknown encoding.
  const bytesOf = (path: string) => Buffer.from(path).toString('latin1')
  const byLength = moves.toSorted(([a], [b]) => b.length - a.length)
  const replacement = new Map(byLength.map(([root, other]) => [bytesOf(root), bytesOf(other)]))
  const pattern = [...replacement.keys()].map((root) => root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  const text = Buffer.from(output).toString('latin1')
  const moved = text.replace(new RegExp(`(?:${pattern})(?![\\w.-])`, 'g'), (root) => replacement.get(root)!)
  return Buffer.from(moved, 'latin1')
}
