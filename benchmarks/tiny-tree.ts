import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const copiesPerPart = 100

export const tinyPartsCount = (copiesCount: number) => Math.ceil(copiesCount / copiesPerPart)

const nameOf = (copy: number) => String(copy).padStart(5, '0')
const contentOf = (copy: number) => `${nameOf(copy)}\n`

/** A ninja manifest of copies, of which each hundred is concatenated, and those once more. */
export function writeTinyTree(tree: string, copiesCount: number): void {
  mkdirSync(join(tree, 'in'), { recursive: true })
  const lines = ['rule copy', '  command = cp $in $out', 'rule concatenate', '  command = cat $in > $out']
  const parts: string[][] = []
  for (let copy = 0; copy < copiesCount; copy += 1) {
    const name = nameOf(copy)
    writeFileSync(join(tree, 'in', name), contentOf(copy))
    lines.push(`build out/${name}: copy in/${name}`)
    const part = Math.floor(copy / copiesPerPart)
    parts[part] = [...(parts[part] ?? []), `out/${name}`]
  }
  parts.forEach((copies, part) => {
    lines.push(`build out/part-${part}: concatenate ${copies.join(' ')}`)
  })
  lines.push(`build out/all: concatenate ${parts.map((_, part) => `out/part-${part}`).join(' ')}`)
  writeFileSync(join(tree, 'build.ninja'), `${lines.join('\n')}\n`)
}

/** Throws unless the tree is built. */
export function checkTinyTree(tree: string, copiesCount: number): void {
  const { size } = statSync(join(tree, 'out/all'))
  if (size !== copiesCount * contentOf(0).length) throw new Error(`${tree} has an out/all of ${size} bytes`)
}
