import type { Engine } from '../../../embedded/engine.ts'
import { interruptible } from '../../interruptible.ts'
import { PacedOutput } from '../../paced-output.ts'
import type { NinjaOptions } from '../ninja-options.ts'
import type { Tool } from './tool.ts'

export interface ToolRun {
  readonly options: NinjaOptions
  /** Real path. */
  readonly directory: string
  readonly openEngine: () => Promise<Engine>
}

/** Runs a tool and prints what it says. Returns the exit code. Throws `NinjaError`, after what was printed before it. */
export async function printTool(tool: Tool, { options, directory, openEngine }: ToolRun): Promise<number> {
  const out = new PacedOutput(process.stdout)
  const notice = (line: string) => process.stderr.write(`${line}\n`)
  let engine: Promise<Engine> | undefined
  try {
    return await interruptible(async (signal) => {
      const printing = tool(options.args, {
        options,
        directory,
        readGraph: async () => {
          const { readToolGraph } = await import('./read-tool-graph.ts')
          return readToolGraph(directory, options.file, notice)
        },
        openEngine: () => (engine ??= openEngine()),
        notice,
        signal,
      })
      for (;;) {
        const { done, value } = await printing.next()
        if (done) return value
        out.write(value)
        await out.room()
        if (signal.aborted) return 130
        if (out.isClosed) return 0
      }
    })
  } finally {
    await (await engine)?.close()
    await out.flushed()
  }
}
