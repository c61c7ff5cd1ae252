import { readFileSync } from 'node:fs'
import type { Digest, FileVersion } from '../../events/digest.ts'
import { inDirectory } from '../in-directory.ts'
import type { Locate } from './locate.ts'

/**
 * By which a source or header of C or C++ makes its result depend on files that no depfile names: a file that the assembler
 * takes in, and the question whether a header of the project is there.
 */
const unseen = /\.incbin|(?:^|["\n])\s*\.include\b|__has_include(?:_next)?\s*\(\s*"/

/** Answers by content; the headers of a project are read by nearly all of its sources. */
const known = new Map<Digest, boolean>()
const knownMax = 100_000

/**
 * The first of the files that says so, in the build's own directories; what others hold is left to those who wrote it.
 *
 * @param order `roots`: absolute paths of the build's own directories
 */
export function fileWithUnseenReads(
  files: readonly FileVersion[],
  { directory, roots }: { readonly directory: string; readonly roots: readonly string[] },
  locate: Locate,
): string | undefined {
  const isOwn = (path: string) => roots.some((root) => inDirectory(directory, path).startsWith(`${root}/`))
  return files.find(([path, digest]) => digest !== null && isOwn(path) && hasUnseenReads(locate(path), digest))?.[0]
}

function hasUnseenReads(path: string, digest: Digest): boolean {
  let answer = known.get(digest)
  if (answer === undefined) {
    answer = unseen.test(readFileSync(path, 'latin1'))
    if (known.size >= knownMax) known.clear()
    known.set(digest, answer)
  }
  return answer
}
