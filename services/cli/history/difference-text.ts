import { describeReason } from '../../../events/describe-event.ts'
import type { Digest } from '../../../events/digest.ts'
import type { RunReason } from '../../../events/run-reason.ts'
import type { RunDifference } from '../../../machines/keys/run-differences.ts'
import type { WordChange } from '../../../machines/keys/word-changes.ts'
import { elideMiddle, toSingleLine } from '../progress/text-width.ts'

/** Words of one change are shown in so many columns. */
const wordsWidthMax = 300

/** The beginning of a digest, enough to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 8)
}

/** A reason with the contents that it speaks of: `input changed: wheel.hpp (7d865e95 -> 24cfa2f5)`. */
export function reasonText(reason: RunReason): string {
  const text = describeReason(reason)
  if (!('was' in reason)) return text
  return `${text} (${contentChange(reason.was, reason.is, absent(reason.kind === 'variable-changed'))})`
}

/** One line for each difference, two for changed words. */
export function differenceLines(differences: readonly RunDifference[]): string[] {
  return differences.flatMap(linesOf)
}

/** The lines, of which at most `max` are shown. */
export function bounded(lines: readonly string[], max: number): readonly string[] {
  if (lines.length <= max) return lines
  return [...lines.slice(0, max), `... and ${lines.length - max} more`]
}

/** `- -O1`, `+ -O2`: what went out and what came in, in order. */
export function wordLines(changes: readonly WordChange[]): string[] {
  return changes.flatMap(({ removed, added }) => [
    ...(removed.length === 0 ? [] : [`- ${wordsText(removed)}`]),
    ...(added.length === 0 ? [] : [`+ ${wordsText(added)}`]),
  ])
}

function linesOf(difference: RunDifference): string[] {
  switch (difference.kind) {
    case 'command':
      return wordLines(difference.changes).map((line) => `command ${line}`)
    case 'response-file':
      return wordLines(difference.changes).map((line) => `response file ${line}`)
    case 'directory':
      return [`working directory: ${difference.was} -> ${difference.is}`]
    case 'environment':
      return [`${difference.name}, set by the graph: ${difference.was ?? 'not set'} -> ${difference.is ?? 'not set'}`]
    case 'tool':
      return [contentLine('tool', difference.path, difference)]
    case 'variable':
      return [
        `variable ${difference.name}: ${contentChange(difference.was ?? null, difference.is ?? null, absent(true))}`,
      ]
    case 'input':
      return [contentLine('input', difference.path, difference)]
    case 'discovered':
      return [contentLine('file it reads', difference.path, difference)]
    case 'outputs':
      return [
        ...difference.removed.map((path) => `output taken away: ${path}`),
        ...difference.added.map((path) => `output added: ${path}`),
      ]
  }
}

function contentLine(
  what: string,
  path: string,
  { was, is }: { readonly was?: Digest | null; readonly is?: Digest | null },
): string {
  if (was === undefined) return `${what}, new: ${path}`
  if (is === undefined) return `${what}, no more: ${path}`
  return `${what}: ${path} (${contentChange(was, is, absent(false))})`
}

function contentChange(was: Digest | null, is: Digest | null, absentText: string): string {
  const text = (digest: Digest | null) => (digest === null ? absentText : shortDigest(digest))
  return `${text(was)} -> ${text(is)}`
}

function absent(isVariable: boolean): string {
  return isVariable ? 'not set' : 'not there'
}

function wordsText(words: readonly string[]): string {
  return elideMiddle(toSingleLine(words.join(' ')), wordsWidthMax)
}
