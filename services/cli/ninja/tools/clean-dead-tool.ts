import { Cleaning } from './cleaning.ts'
import { lastResults } from './last-results.ts'
import type { Tool } from './tool.ts'

/** `-t cleandead`: removes what earlier builds of this tree made and the manifest speaks of no more. */
export const cleanDeadTool: Tool = async function* (_args, host) {
  const graph = await host.readGraph()
  graph.loadDyndeps()
  const { results } = await lastResults(host)
  const cleaning = new Cleaning(host)
  return yield* cleaning.run(function* () {
    for (const id of results.taskIds())
      for (const number of results.of(id)!.outputs) {
        const [path] = results.version(number)
        if (graph.maker(path) === undefined && graph.readers(path).length === 0) yield* cleaning.remove(path)
      }
  })
}
