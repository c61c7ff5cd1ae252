import { existsSync, realpathSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { FileNumber } from '../../../machines/graph/build-graph.ts'
import { closestName } from '../../../machines/graph/closest-name.ts'
import { UserError } from '../../user-error.ts'
import type { WantedGraph } from './wanted-graph.ts'

/** A file that the user named. */
export interface NamedFile {
  readonly name: string
  /** Its numbers: a graph and its depfiles may spell one file in several ways. Empty: nothing is known of it. */
  readonly files: readonly FileNumber[]
  /** When nothing is known of it: a known file with a name much like it. */
  readonly closest: string | null
}

/**
 * Finds files by name: relative to `cwd`, then to the graph's directory, or absolute, by symbolic links too; the first
 * that the graph or the last results know. Throws {@link UserError} for one that they don't know and that is not there.
 */
export function findFiles(
  names: readonly string[],
  { directory, use }: WantedGraph,
  cwd: string,
): readonly NamedFile[] {
  const known = new Map<string, FileNumber[]>()
  for (const [file, path] of use.paths.entries()) {
    const absolute = resolve(directory, path)
    const files = known.get(absolute)
    if (files === undefined) known.set(absolute, [file])
    else files.push(file)
  }
  return names.map((name) => {
    const places = [resolve(cwd, name), resolve(directory, name)]
    const files = places.flatMap((place) => [place, realPath(place)]).flatMap((place) => known.get(place) ?? [])
    if (files.length > 0) return { name, files: known.get(resolve(directory, use.paths[files[0]!]!))!, closest: null }
    const shown = [cwd, directory].flatMap((from) => [...known.keys()].map((path) => relative(from, path)))
    const closest = closestName(name, [...shown, ...use.paths])
    if (!places.some((place) => existsSync(place)))
      throw new UserError(
        `'${name}' is not there, and no task is known to read it${closest === null ? '' : `, did you mean '${closest}'?`}`,
      )
    return { name, files: [], closest }
  })
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
