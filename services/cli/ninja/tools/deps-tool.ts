import { statSync } from 'node:fs'
import { inDirectory } from '../../../in-directory.ts'
import { lastResults } from './last-results.ts'
import type { Tool } from './tool.ts'

/**
 * `-t deps [targets]`: what the last run of each task read, namely its explicit inputs, and what its depfile told beyond the
 * declared ones. Such a record is VALID while the output is what that run made; the time shown is the output's own.
 */
export const depsTool: Tool = async function* (args, host) {
  const graph = await host.readGraph()
  const { results, files } = await lastResults(host)
  const targets =
    args.length > 0
      ? graph.targets(args)
      : [...graph.numbers].filter((task) => isKept(task)).flatMap((task) => graph.outputs(task))
  for (const path of targets) {
    const task = graph.maker(path)
    const last = task === undefined || !isKept(task) ? undefined : results.of(graph.task(task).id)
    if (last === undefined) {
      if (args.length > 0) yield `${path}: deps not found\n`
      continue
    }
    await files.look(path)
    const made = last.outputs.map((number) => results.version(number)).find(([output]) => output === path)
    const state = made?.[1] === files.digest(path) ? 'VALID' : 'STALE'
    const read = [...graph.explicitInputs(task!), ...last.discovered.map((number) => results.version(number)[0])]
    yield `${path}: #deps ${read.length}, deps mtime ${mtimeNs(inDirectory(host.directory, path))} (${state})\n`
    yield `${read.map((file) => `    ${file}\n`).join('')}\n`
  }
  return 0

  /** As in ninja's record: only for tasks whose depfile is taken away when it was read. */
  function isKept(task: number): boolean {
    return graph.task(task).deps !== undefined
  }
}

function mtimeNs(path: string): bigint {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? 0n
}
