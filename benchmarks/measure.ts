import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface Run {
  readonly wallMs: number
  /** Most memory that the started process itself had at once, by the kernel's own mark (VmHWM). */
  readonly peakBytes: number
}

const samplingMs = 5

/**
 * Runs a command to its end, without output or with its output in a file. Throws when it fails.
 *
 * The kernel's mark only grows, so reading it every few milliseconds misses at most what came in the last of them.
 */
export async function measure(
  argv: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  outputPath = '/dev/null',
): Promise<Run> {
  const output = openSync(outputPath, 'w')
  const startMs = performance.now()
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, 'pipe'],
  })
  let errors = ''
  child.stderr!.on('data', (chunk) => {
    errors += chunk
  })
  let peakBytes = 0
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakBytesOf(child.pid))
  }, samplingMs)
  try {
    const [code, signal] = await once(child, 'close')
    const wallMs = performance.now() - startMs
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${signal ?? code}\n${errors}`)
    return { wallMs, peakBytes }
  } finally {
    clearInterval(sampling)
    closeSync(output)
  }
}

function peakBytesOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0 // It has just ended.
  }
}
