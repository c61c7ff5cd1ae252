import { readdirSync } from 'node:fs'
import type { LocalCache } from '../../embedded/engine.ts'
import { UserError } from '../../user-error.ts'
import type { OutputStream } from '../output-stream.ts'
import type { PaceableStream } from '../paced-output.ts'

/** What the commands about the cache work with. */
export interface CacheContext {
  /** Where the cache is, or would be. */
  readonly directory: string
  /** Opens it, and makes it where it is missing. What is asked for does not count as used. */
  readonly open: (onTrouble: (line: string) => void) => Promise<LocalCache>
  readonly stdout: OutputStream & PaceableStream
  readonly stderr: OutputStream
  /** ms since 1970. */
  readonly now: number
}

/** Whether somebody made a cache there. Throws {@link UserError} when that can't be told. */
export function isCacheThere(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => name.endsWith('.sqlite'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    throw new UserError(
      `cache: ${directory} can't be read (${code}); give this user permission, or name another with --cache-dir`,
    )
  }
}

/** Does something with the cache if there is one; `undefined` without. Trouble that it can live with is told on stderr. */
export async function withCacheThere<Result>(
  context: CacheContext,
  work: (cache: LocalCache) => Promise<Result>,
): Promise<Result | undefined> {
  const { directory, open, stderr } = context
  const notice = (line: string) => stderr.write(`warning: ${line}\n`)
  return isCacheThere(directory) ? withCache({ open, notice }, work) : undefined
}

/** As {@link withCacheThere}, and makes the cache where there is none. `notice` is told of trouble in one line. */
export async function withCache<Result>(
  { open, notice }: Pick<CacheContext, 'open'> & { readonly notice: (line: string) => void },
  work: (cache: LocalCache) => Promise<Result>,
): Promise<Result> {
  const { actions, blobs } = await open(notice)
  try {
    return await work({ actions, blobs })
  } finally {
    await actions.close()
    await blobs.close()
  }
}

/** What a command says that finds no cache. */
export function noCacheText(directory: string): string {
  return `${directory} is empty: the first build fills it`
}
