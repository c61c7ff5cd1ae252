import { readFileSync } from 'node:fs'
import { arch, availableParallelism, freemem, platform, release, totalmem } from 'node:os'
import { bytesText, type Check } from './check.ts'

const nodeMajorMin = 24

/** A C++ compiler takes a few hundred MiB for each command that runs at once. */
const memoryPerCoreMin = 512 * 1024 * 1024

/** Each command that runs takes a few descriptors, and so do the databases. */
const descriptorsMin = 1024

/** Node, the operating system, processors, memory and descriptors. */
export function checkHost(): readonly Check[] {
  return [checkNode(), checkPlatform(), checkProcessors(), checkDescriptors()]
}

function checkNode(): Check {
  const what = process.versions.node
  if (Number.parseInt(what, 10) >= nodeMajorMin) return { name: 'node', status: 'ok', what }
  return { name: 'node', status: 'missing', what, mend: `install Node ${nodeMajorMin} or newer` }
}

function checkPlatform(): Check {
  const what = `${platform()} ${release()} ${arch()}`
  if (platform() === 'linux') return { name: 'platform', status: 'ok', what }
  return {
    name: 'platform',
    status: 'warn',
    what: `${what}: without /proc, processes are told apart less well and orphans may stay`,
    mend: 'run it on Linux where that matters',
  }
}

function checkProcessors(): Check {
  const cores = availableParallelism()
  const available = memoryAvailable()
  const what = `${cores} core${cores === 1 ? '' : 's'}, ${bytesText(available)} of ${bytesText(totalmem())} memory free`
  if (available >= memoryPerCoreMin * cores) return { name: 'cores and memory', status: 'ok', what }
  const jobs = Math.max(1, Math.floor(available / memoryPerCoreMin))
  return { name: 'cores and memory', status: 'warn', what, mend: `free some memory, or build with -j${jobs}` }
}

/** Free memory and what the kernel would give back, in bytes. */
function memoryAvailable(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readTextOrEmpty('/proc/meminfo'))
  return found === null ? freemem() : Number(found[1]) * 1024
}

function checkDescriptors(): Check {
  const name = 'file descriptors'
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(readTextOrEmpty('/proc/self/limits'))
  if (found === null) return { name, status: 'ok', what: 'limit unknown' }
  const what = `limit ${found[1]}`
  if (found[1] === 'unlimited' || Number(found[1]) >= descriptorsMin) return { name, status: 'ok', what }
  return { name, status: 'warn', what, mend: `raise it: ulimit -n ${descriptorsMin}` }
}

function readTextOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
