import { differencesBetween, type TaskRun } from '../../../../machines/keys/run-differences.ts'
import type { RecordedBuild } from '../../history/recorded-build.ts'
import { rootsOf } from '../../history/recorded-run.ts'
import type { GraphDifference } from './build-difference.ts'
import type { BuildPair } from './build-pair.ts'

/** What the graphs say differently of their tasks: commands, names of inputs and outputs. */
export function graphDifference(pair: BuildPair): GraphDifference {
  const { added, removed, was, is } = pair
  const isSame = was.plan?.event.graph === is.plan?.event.graph && was.request.directory === is.request.directory
  if (isSame) return { added, removed, changed: [] }
  const changed = pair.tasks.flatMap((task) => {
    const differences = differencesBetween(declared(was, task.was), declared(is, task.is))
    return differences.length === 0 ? [] : [{ task: task.id, differences }]
  })
  return { added, removed, changed }
}

/** A task as its graph declares it: of inputs only the names count. */
function declared({ plan, request }: RecordedBuild, task: number): TaskRun {
  const { graph, tasks } = plan!
  const declaration = graph.tasks[task]!
  const paths = [...declaration.inputs.map((file) => graph.files[file]!), ...tasks.laterInputs(task)]
  return {
    task: declaration,
    outputs: tasks.outputs(task),
    inputs: paths.map((path) => [path, null]),
    roots: rootsOf(request),
  }
}
