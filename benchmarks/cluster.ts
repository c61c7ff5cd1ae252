import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import type { Benchmark, BenchmarkSurroundings } from './benchmark.ts'
import { ClusterHome } from './cluster-home.ts'
import { jobs } from './contender.ts'
import { measure } from './measure.ts'
import { spreadOf } from './results-table.ts'
import { writeTinyTree } from './tiny-tree.ts'
import { requireTools } from './tools.ts'
import { UserError } from './user-error.ts'

// What does the way over NATS and Redis cost, and how far does a cluster grow?

const usage = `usage: npm run bench -- cluster [letter...] [--small]
  a  10,000 tiny tasks, 2 workers of 4 slots, beside ninja and raw JetStream
  b  from "dependencies done" to "command started", beside a round trip of NATS
  c  blobs from a client to Redis and back, beside raw Redis
  d  1, 3, 5 and 50 workers with sleeping tasks: efficiency, as CSV
  --small  a tiny part of everything, to try the benchmark itself`

type Answer = (surroundings: BenchmarkSurroundings, isSmall: boolean) => Promise<void>

const questions: Readonly<Record<string, Answer>> = { a: tasksPerSecond, b: latency, c: blobs, d: growth }

export function cluster(args: readonly string[]): Benchmark {
  const { letters, isSmall } = optionsOf(args)
  requireTools(['ninja', 'nats-server', 'redis-server', 'bwrap'])
  return async ({ directory, millrace }) => {
    for (const letter of letters) {
      console.log(`\n## ${letter}\n`)
      const home = join(directory, `question-${letter}`)
      mkdirSync(home)
      await questions[letter]!({ directory: home, millrace }, isSmall)
    }
  }
}

function optionsOf(args: readonly string[]): { readonly letters: readonly string[]; readonly isSmall: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { small: { type: 'boolean', default: false } },
    })
    if (positionals.some((letter) => !Object.hasOwn(questions, letter))) throw new UserError(usage)
    const letters = Object.keys(questions).filter((letter) => positionals.length === 0 || positionals.includes(letter))
    return { letters, isSmall: values.small }
  } catch {
    throw new UserError(usage)
  }
}

/** Runs `work` beside a cluster of its own. */
async function inCluster(
  { directory, millrace }: BenchmarkSurroundings,
  size: { readonly workers: number; readonly slots: number },
  work: (home: ClusterHome) => Promise<void>,
): Promise<void> {
  const home = await ClusterHome.start(join(directory, `cluster-${size.workers}`), millrace, {
    coordinators: 1,
    ...size,
  })
  try {
    await work(home)
  } finally {
    await home.stop()
  }
}

async function tasksPerSecond(surroundings: BenchmarkSurroundings, isSmall: boolean): Promise<void> {
  const copies = isSmall ? 100 : 10_000
  const tasks = copies + Math.ceil(copies / 100) + 1
  const [ours, ninjas] = ['millrace', 'ninja'].map((name) => join(surroundings.directory, name)) as [string, string]
  for (const tree of [ours, ninjas]) writeTinyTree(tree, copies)
  const ninja = await measure(['ninja', jobs], ninjas)
  await inCluster(surroundings, { workers: 2, slots: 4 }, async (home) => {
    const run = await measure([...surroundings.millrace, 'build', '--cluster', '--bring', 'none'], ours, home.env)
    const raw = await rawPublishesPerSecond(home.natsUrl, copies)
    const perSecond = (ms: number) => (tasks / ms) * 1000
    console.log(`| ${tasks} tasks | per second | ratio |\n| --- | ---: | ---: |`)
    console.log(
      `| millrace, 2 workers of 4 slots | ${perSecond(run.wallMs).toFixed(0)} | ${(ninja.wallMs / run.wallMs).toFixed(2)} |`,
    )
    console.log(`| ninja ${jobs} | ${perSecond(ninja.wallMs).toFixed(0)} | 1 |`)
    console.log(`| JetStream publish and ack, one at a time | ${raw.toFixed(0)} | |`)
  })
}

async function rawPublishesPerSecond(url: string, count: number): Promise<number> {
  const connection = await connect({ servers: url })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: 'RAW', subjects: ['raw'] })
  const client = jetstream(connection)
  const body = randomBytes(500)
  const startMs = performance.now()
  for (let i = 0; i < count; i++) await client.publish('raw', body)
  const perSecond = (count / (performance.now() - startMs)) * 1000
  await manager.streams.delete('RAW')
  await connection.close()
  return perSecond
}

async function latency(surroundings: BenchmarkSurroundings, isSmall: boolean): Promise<void> {
  const length = isSmall ? 20 : 300
  const tree = join(surroundings.directory, 'chain')
  mkdirSync(tree)
  const lines = ['rule copy', '  command = cp $in $out']
  for (let i = 0; i < length; i++) lines.push(`build o${i + 1}: copy o${i}`)
  writeFileSync(join(tree, 'build.ninja'), `${lines.join('\n')}\n`)
  writeFileSync(join(tree, 'o0'), 'x')
  await inCluster(surroundings, { workers: 1, slots: 1 }, async (home) => {
    await measure([...surroundings.millrace, 'build', '--cluster', '--bring', 'none'], tree, home.env)
    const waits = waitsOf(surroundings, home)
    const connection = await connect({ servers: home.natsUrl })
    const trips: number[] = []
    for (let i = 0; i < length; i++) {
      const startMs = performance.now()
      await connection.rtt()
      trips.push(performance.now() - startMs)
    }
    await connection.close()
    console.log('| ms | p50 | p99 |\n| --- | ---: | ---: |')
    console.log(
      `| dependency done to command started, chain of ${length} | ${quantile(waits, 0.5)} | ${quantile(waits, 0.99)} |`,
    )
    console.log(`| round trip of NATS | ${quantile(trips, 0.5)} | ${quantile(trips, 0.99)} |`)
    console.log('\ntimes of the log are whole ms, of the worker and the coordinator of one host')
  })
}

interface LoggedEvent {
  readonly type: string
  /** ms since 1970. */
  readonly at: number
  readonly phases?: { readonly runMs: number }
}

/** Events of the newest build of a cluster. */
function newestBuild({ millrace, directory }: BenchmarkSurroundings, home: ClusterHome): readonly LoggedEvent[] {
  const [command, ...args] = millrace
  const text = execFileSync(command!, [...args, 'replay', '--cluster', '--json'], {
    cwd: directory,
    env: { ...process.env, ...home.env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LoggedEvent)
}

/** From the end of each task of a chain to the start of the next one, in ms, by the log. */
function waitsOf(surroundings: BenchmarkSurroundings, home: ClusterHome): readonly number[] {
  const events = newestBuild(surroundings, home)
  const starts = events.filter(({ type }) => type === 'task-started').map(({ at }) => at)
  const ends = events.filter(({ type }) => type === 'task-succeeded').map(({ at }) => at)
  return starts.slice(1).map((at, i) => at - ends[i]!)
}

function quantile(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(2)
}

async function blobs(surroundings: BenchmarkSurroundings, isSmall: boolean): Promise<void> {
  const [count, bytes] = isSmall ? [4, 1 << 16] : [16, 16 << 20]
  const tree = join(surroundings.directory, 'tree')
  mkdirSync(tree)
  const contents = Array.from({ length: count }, () => randomBytes(bytes))
  contents.forEach((content, i) => {
    writeFileSync(join(tree, `in${i}`), content)
  })
  writeFileSync(join(tree, 'build.ninja'), 'rule count\n  command = cat in* | wc -c > $out\nbuild out: count\n')
  await inCluster(surroundings, { workers: 1, slots: 1 }, async (home) => {
    const run = await measure([...surroundings.millrace, 'build', '--cluster'], tree, home.env)
    const redis = new Redis(home.redisUrl)
    const startMs = performance.now()
    for (const [i, content] of contents.entries()) await redis.set(`raw${i}`, content)
    for (let i = 0; i < count; i++) await redis.getBuffer(`raw${i}`)
    const rawMs = performance.now() - startMs
    await redis.quit()
    const megabytes = (count * bytes) / 1e6
    const rate = (ms: number) => `${(megabytes / (ms / 1000)).toFixed(0)} MB/s`
    console.log(`| ${megabytes.toFixed(0)} MB sent to a worker | | ratio |\n| --- | ---: | ---: |`)
    console.log(
      `| millrace: hashed, stored, fetched, hashed, staged; with the whole build | ${rate(run.wallMs)} | ${(rawMs / run.wallMs).toFixed(2)} |`,
    )
    console.log(`| Redis: set, then get | ${rate(rawMs)} | 1 |`)
  })
}

const csvHeader =
  'num_workers,total_tasks,completed_tasks,cached_tasks,failed_tasks,retried_tasks,total_build_time_ms,min_task_time_ms,max_task_time_ms,avg_task_time_ms,tasks_per_second,cache_hit_rate'

async function growth(surroundings: BenchmarkSurroundings, isSmall: boolean): Promise<void> {
  const rows: string[] = []
  const efficiencies: string[] = []
  for (const workers of isSmall ? [1, 3] : [1, 3, 5, 50]) {
    const sleepMs = workers > 5 ? 4_000 : 1_000
    const tasks = workers * (isSmall ? 2 : 20)
    const tree = join(surroundings.directory, `sleep-${workers}`)
    mkdirSync(tree)
    const lines = ['rule nap', `  command = sleep ${sleepMs / 1000} && echo done > $out`]
    for (let i = 0; i < tasks; i++) lines.push(`build o${i}: nap in`)
    writeFileSync(join(tree, 'build.ninja'), `${lines.join('\n')}\n`)
    writeFileSync(join(tree, 'in'), '')
    await inCluster(surroundings, { workers, slots: 1 }, async (home) => {
      await measure([...surroundings.millrace, 'build', '--cluster', '--bring', 'none'], tree, home.env)
      const { row, buildMs } = rowOf(surroundings, home, workers, tasks)
      rows.push(row)
      efficiencies.push(`${workers}: ${((tasks * sleepMs) / workers / buildMs).toFixed(3)}`)
    })
    rmSync(tree, { recursive: true })
  }
  console.log(csvHeader)
  for (const row of rows) console.log(row)
  console.log(
    `\nefficiency (ideal time through time from the first start to the last end), by workers: ${efficiencies.join(', ')}`,
  )
}

function rowOf(
  surroundings: BenchmarkSurroundings,
  home: ClusterHome,
  workers: number,
  tasks: number,
): { readonly row: string; readonly buildMs: number } {
  const events = newestBuild(surroundings, home)
  const starts = events.filter(({ type }) => type === 'task-started').map(({ at }) => at)
  const ended = events.filter(({ type }) => type === 'task-succeeded')
  const cached = events.filter(({ type }) => type === 'task-cached').length
  const failures = events.filter(({ type }) => type === 'task-attempt-failed').length
  const buildMs = Math.max(...ended.map(({ at }) => at)) - Math.min(...starts)
  const runs = ended.map(({ phases }) => phases!.runMs)
  const { min, max } = spreadOf(runs)
  const average = runs.reduce((sum, ms) => sum + ms, 0) / runs.length
  const row = [
    workers,
    tasks,
    ended.length,
    cached,
    tasks - ended.length - cached,
    failures,
    buildMs,
    min.toFixed(1),
    max.toFixed(1),
    average.toFixed(1),
    ((ended.length / buildMs) * 1000).toFixed(2),
    (cached / tasks).toFixed(2),
  ]
  return { row: row.join(','), buildMs }
}
