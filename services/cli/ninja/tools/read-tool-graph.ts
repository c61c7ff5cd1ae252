import { formatGraphError } from '../../../../machines/graph/build-graph.ts'
import { readNinjaRules } from '../../../../machines/graph/ninja/read-ninja-rules.ts'
import { readTextIn } from '../../../in-directory.ts'
import { checkManifest } from '../manifest-file.ts'
import { NinjaError } from '../ninja-error.ts'
import { ToolGraph } from './tool-graph.ts'

/** Reads a manifest for the tools; `notice` gets its warnings. Throws {@link NinjaError} when it can't be used. */
export function readToolGraph(directory: string, file: string, notice: (line: string) => void): ToolGraph {
  checkManifest(directory, file)
  const readText = readTextIn(directory)
  const read = readNinjaRules({ file, readFile: readText })
  if (!read.ok) throw new NinjaError(formatGraphError(read.error))
  for (const warning of read.warnings) notice(`ninja: warning: ${warning}`)
  return new ToolGraph(read, readText)
}
