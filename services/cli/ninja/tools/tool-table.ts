import { closestName } from '../../../../machines/graph/closest-name.ts'
import { NinjaError } from '../ninja-error.ts'
import type { Tool } from './tool.ts'

/** In ninja's order and, where they do the same, in its words. */
const descriptions: Readonly<Record<string, string>> = {
  clean: 'clean built files',
  commands: 'list all commands required to rebuild given targets',
  inputs: 'list all inputs required to rebuild given targets',
  deps: 'show dependencies that earlier builds recorded',
  missingdeps: 'check recorded dependencies on generated files',
  graph: 'output graphviz dot file for targets',
  query: 'show inputs/outputs for a path',
  targets: 'list targets by their rule or depth in the DAG',
  compdb: 'dump JSON compilation database to stdout',
  recompact: 'does nothing: there is nothing to compact',
  restat: 'does nothing: content decides, not times',
  rules: 'list all rules',
  cleandead: 'clean built files that are no longer produced by the manifest',
}

/** Each tool is loaded when it is asked for. `recompact` and `restat` are in `needless-tools.ts`. */
const loaders: Readonly<Record<string, () => Promise<Tool>>> = {
  clean: async () => (await import('./clean-tool.ts')).cleanTool,
  commands: async () => (await import('./commands-tool.ts')).commandsTool,
  inputs: async () => (await import('./inputs-tool.ts')).inputsTool,
  deps: async () => (await import('./deps-tool.ts')).depsTool,
  missingdeps: async () => (await import('./missing-deps-tool.ts')).missingDepsTool,
  graph: async () => (await import('./graph-tool.ts')).graphTool,
  query: async () => (await import('./query-tool.ts')).queryTool,
  targets: async () => (await import('./targets-tool.ts')).targetsTool,
  compdb: async () => (await import('./compdb-tool.ts')).compdbTool,
  rules: async () => (await import('./rules-tool.ts')).rulesTool,
  cleandead: async () => (await import('./clean-dead-tool.ts')).cleanDeadTool,
}

/** What `-t list` prints. */
export function toolList(): string {
  const lines = Object.entries(descriptions).map(([name, description]) => `${name.padStart(11)}  ${description}\n`)
  return `ninja subtools:\n${lines.join('')}`
}

/** Throws {@link NinjaError} for a name that is none. */
export function loadTool(name: string): Promise<Tool> {
  if (Object.hasOwn(loaders, name)) return loaders[name]!()
  const near = closestName(name, Object.keys(descriptions))
  throw new NinjaError(`unknown tool '${name}'${near === null ? '' : `, did you mean '${near}'?`}`, 'fatal')
}
