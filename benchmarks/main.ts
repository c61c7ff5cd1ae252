import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark } from './benchmark.ts'
import { cache } from './cache.ts'
import { cluster } from './cluster.ts'
import { installMillrace } from './install-millrace.ts'
import { tiny } from './tiny.ts'
import { UserError } from './user-error.ts'

// `npm run bench -- <name>`: answers questions by figures, beside the peer that Millrace is compared with.

/** By name: checks what follows the name on the command line, and what is needed here, before anything is made. */
const benchmarks: Readonly<Record<string, (args: readonly string[]) => Benchmark>> = { tiny, cache, cluster }

try {
  const [name = '', ...args] = process.argv.slice(2)
  if (!Object.hasOwn(benchmarks, name))
    throw new UserError(`usage: npm run bench -- <name>, one of: ${Object.keys(benchmarks).join(', ')}`)
  await run(benchmarks[name]!(args))
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}

async function run(benchmark: Benchmark): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  try {
    console.log(
      `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} processors, Node ${process.version}`,
    )
    console.log(`load before: ${loadavg()[0]!.toFixed(1)} (figures are worth something when this is near 0)\n`)
    await benchmark({ directory, millrace: installMillrace(directory) })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
