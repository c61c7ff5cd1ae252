import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Roots } from '../../machines/keys/roots.ts'

/**
 * The roots of a work tree: the graph's directory, and that of the sources: the one named, or the one that CMake or Meson
 * noted in the build directory, or the nearest directory above that is the top of a Git work tree.
 *
 * @param directory absolute
 */
export function treeRoots(directory: string, named: string | undefined): Roots {
  return new Roots(directory, named === undefined ? sourceDirectory(directory) : resolve(directory, named))
}

function sourceDirectory(directory: string): string | undefined {
  const noted = cmakeSource(directory) ?? mesonSource(directory)
  if (noted !== undefined && existsSync(noted)) return realpathSync(noted)
  for (let at = directory; at !== '/'; at = dirname(at)) if (existsSync(`${at}/.git`)) return at
  return undefined
}

function cmakeSource(directory: string): string | undefined {
  const cache = textOf(`${directory}/CMakeCache.txt`)
  return /^CMAKE_HOME_DIRECTORY:INTERNAL=(.+)$/m.exec(cache ?? '')?.[1]
}

function mesonSource(directory: string): string | undefined {
  const info = textOf(`${directory}/meson-info/meson-info.json`)
  if (info === undefined) return undefined
  try {
    const { directories } = JSON.parse(info) as { directories?: { source?: unknown } }
    return typeof directories?.source === 'string' ? directories.source : undefined
  } catch {
    return undefined
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
