import type { BuildGraph, Task } from '../../machines/graph/build-graph.ts'

/** A task in as few words as a test needs: it makes a file of its own name unless told otherwise. */
export interface TaskSketch {
  readonly id: string
  readonly in?: readonly string[]
  readonly orderOnly?: readonly string[]
  readonly validations?: readonly string[]
  readonly out?: readonly string[]
  readonly phony?: boolean
  readonly pool?: string
  readonly retries?: number
  readonly priority?: number
  /** A dyndep file; it joins the order-only inputs. */
  readonly dyndep?: string
}

export function sketchGraph(
  sketches: readonly TaskSketch[],
  extra: { readonly pools?: Readonly<Record<string, number>>; readonly defaults?: readonly string[] } = {},
): BuildGraph {
  const files: string[] = []
  const numbers = new Map<string, number>()
  const file = (path: string): number => {
    let number = numbers.get(path)
    if (number === undefined) {
      number = files.push(path) - 1
      numbers.set(path, number)
    }
    return number
  }
  const tasks = sketches.map((sketch): Task => {
    const inputs = (sketch.in ?? []).map(file)
    const outputs = (sketch.out ?? [sketch.id]).map(file)
    const dyndep = sketch.dyndep === undefined ? [] : [file(sketch.dyndep)]
    return {
      id: sketch.id,
      ...(sketch.phony ? {} : { command: { shell: `make ${sketch.id}` } }),
      description: '',
      inputs,
      explicitInputs: inputs.length,
      orderOnly: [...(sketch.orderOnly ?? []).map(file), ...dyndep],
      validations: (sketch.validations ?? []).map(file),
      outputs,
      explicitOutputs: outputs.length,
      ...(dyndep[0] === undefined ? {} : { dyndep: dyndep[0] }),
      ...(sketch.pool === undefined ? {} : { pool: sketch.pool }),
      ...(sketch.retries === undefined ? {} : { retries: sketch.retries }),
      ...(sketch.priority === undefined ? {} : { priority: sketch.priority }),
    }
  })
  return { files, tasks, pools: extra.pools ?? {}, defaults: (extra.defaults ?? []).map(file) }
}
