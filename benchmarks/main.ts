import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { installMillrace } from './install-millrace.ts'
import { tiny } from './tiny.ts'

// `npm run bench -- <name>`: answers one question by figures, beside the peer that Millrace is compared with.

const benchmarks = { tiny }

const name = process.argv[2]
if (name === undefined || !(name in benchmarks)) {
  console.error(`usage: npm run bench -- <name>, one of: ${Object.keys(benchmarks).join(', ')}`)
  process.exit(2)
}

const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
try {
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} processors, Node ${process.version}`,
  )
  console.log(`load before: ${loadavg()[0]!.toFixed(1)} (figures are worth something when this is near 0)\n`)
  await benchmarks[name as keyof typeof benchmarks]({ directory, millrace: installMillrace(directory) })
} finally {
  rmSync(directory, { recursive: true, force: true })
}
