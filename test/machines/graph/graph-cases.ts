import fc from 'fast-check'
import type { BuildGraph, FileNumber, Task } from '../../../machines/graph/build-graph.ts'

/** A task that runs `true`, all its inputs and outputs explicit unless `rest` says otherwise. */
export function task(id: string, inputs: FileNumber[], outputs: FileNumber[], rest: Partial<Task> = {}): Task {
  const counts = { explicitInputs: inputs.length, explicitOutputs: outputs.length }
  const nothing = { description: '', orderOnly: [], validations: [] }
  return { id, command: { argv: ['true'] }, inputs, outputs, ...counts, ...nothing, ...rest }
}

/** A graph with files `f0`, `f1`, ... */
export function graphOf(fileCount: number, tasks: readonly Task[], defaults: readonly FileNumber[] = []): BuildGraph {
  return { files: Array.from({ length: fileCount }, (_, at) => `f${at}`), tasks, pools: { console: 1 }, defaults }
}

/** Graphs of 1 to 30 tasks with one or two outputs each, which wait for sources and for earlier tasks only. */
export function acyclicGraph(): fc.Arbitrary<BuildGraph> {
  const sourceCount = 3
  const draft = fc.record({
    inputs: fc.array(fc.nat(), { maxLength: 5 }),
    orderOnly: fc.array(fc.nat(), { maxLength: 3 }),
    validations: fc.array(fc.nat(), { maxLength: 2 }),
    outputCount: fc.integer({ min: 1, max: 2 }),
  })
  return fc.array(draft, { minLength: 1, maxLength: 30 }).map((drafts) => {
    let fileCount = sourceCount
    const total = sourceCount + drafts.reduce((sum, each) => sum + each.outputCount, 0)
    const tasks = drafts.map((each, number) => {
      const earlier = (files: number[]) => files.map((file) => file % fileCount)
      const rest = { orderOnly: earlier(each.orderOnly), validations: each.validations.map((file) => file % total) }
      const inputs = earlier(each.inputs)
      const outputs = Array.from({ length: each.outputCount }, (_, at) => fileCount + at)
      fileCount += each.outputCount
      return task(`t${number}`, inputs, outputs, rest)
    })
    return graphOf(total, tasks)
  })
}
