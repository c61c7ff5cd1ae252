import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { WorkerStatus } from '../../events/worker-status.ts'
import { requirePrograms } from '../../services/local-cluster/required-programs.ts'
import { UserError } from '../../services/user-error.ts'
import { freePort } from '../rig/free-port.ts'
import { MillraceRig } from '../rig/millrace.ts'
import { requireTool } from '../rig/require-tool.ts'
import { top } from '../rig/source-files.ts'
import { processesWith } from '../rig/survivors.ts'
import { until } from '../rig/until.ts'

/** Starting seven processes takes a while on a busy machine. */
const startMsMax = 90_000

/** `npm run cluster` with these flags, in a directory of its own; killed after the test, with all that it has started. */
class LocalClusterRun {
  readonly variables: Readonly<Record<string, string>>
  readonly exitCode: Promise<number | null>
  readonly #mark = randomUUID()
  readonly #process
  #redis: number | undefined
  #stdout = ''
  #stderr = ''

  constructor(t: ExecutionContext, { nats, redis, directory }: Places) {
    this.variables = {
      MILLRACE_NATS_URL: `nats://127.0.0.1:${nats}`,
      MILLRACE_REDIS_URL: `redis://127.0.0.1:${redis}`,
    }
    const { NODE_OPTIONS: _, ...env } = process.env
    const flags = ['--nats-port', String(nats), '--redis-port', String(redis), '--dir', directory]
    const child = spawn(process.execPath, [join(top, 'services/local-cluster/main.ts'), ...flags], {
      env: { ...env, [markVariable]: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      this.#stdout += piece
    })
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      this.#stderr += piece
    })
    this.exitCode = once(child, 'close').then(([code]) => code)
    t.teardown(() => {
      for (const pid of this.survivors) process.kill(pid, 'SIGKILL')
    })
  }

  /** What it and its processes have printed. */
  get printed(): string {
    return this.#stdout + this.#stderr
  }

  /** It, and what it has started. */
  get survivors(): readonly number[] {
    const redis = this.#redis !== undefined && nameOf(this.#redis) === redisName ? [this.#redis] : []
    return [...processesWith(markVariable, this.#mark), ...redis]
  }

  /** Redis overwrites its environment with its title, so it can't be found by that. Known once the cluster serves. */
  get redis(): number {
    return this.#redis!
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  async serves(): Promise<void> {
    await until(
      'the cluster serves',
      () => {
        if (this.#process.exitCode !== null) throw new Error(`it has ended: ${this.printed}`)
        return this.#stdout.includes('The cluster serves')
      },
      startMsMax,
    )
    const { pid } = this.#process
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
    this.#redis = children.find((child) => nameOf(child) === redisName)
  }
}

const redisName = 'redis-server'
const markVariable = 'MILLRACE_TEST_MARK'

interface Places {
  readonly nats: number
  readonly redis: number
  readonly directory: string
}

async function freePlaces(t: ExecutionContext): Promise<Places> {
  requireTool('nats-server', 'redis-server', 'bwrap')
  const directory = mkdtempSync(join(tmpdir(), 'millrace-local-cluster-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return { nats: await freePort(), redis: await freePort(), directory }
}

const files = {
  'build.ninja': 'rule copy\n  command = cp $in $out\nbuild a: copy in\nbuild b: copy a\n',
  in: 'text\n',
}

function pidOf(rig: MillraceRig, worker: string): number | undefined {
  const lines = rig.millrace(['workers', '--json']).stdout.split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as WorkerStatus).find(({ id }) => id === worker)?.pid
}

/** Empty: there is no such process. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

test('a cluster on this machine builds, replaces a worker that was killed, and ends without a trace of a process', async (t) => {
  const cluster = new LocalClusterRun(t, await freePlaces(t))
  await cluster.serves()
  const [nats, redis] = Object.values(cluster.variables)
  t.true(cluster.printed.includes(`export MILLRACE_NATS_URL=${nats} MILLRACE_REDIS_URL=${redis}\n`), cluster.printed)
  t.is(cluster.printed.match(/^coordinator-[12] \| .*coordinator serves/gm)?.length, 2)
  t.is(cluster.printed.match(/^worker-[123] +\| .*takes tasks of pool default/gm)?.length, 3)

  const rig = new MillraceRig(t, files)
  rig.variables = cluster.variables
  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 0, run.stdout + run.stderr)
  t.is(rig.read('b'), 'text\n')

  const killed = pidOf(rig, 'worker-2')
  process.kill(killed!, 'SIGKILL')
  await until('worker-2 is there again', () => ![undefined, killed].includes(pidOf(rig, 'worker-2')), startMsMax)
  const told = /^worker-2 +\| ended \(SIGKILL\) and is started again$/m
  await until('that is told', () => told.test(cluster.printed))

  cluster.signal('SIGTERM')
  t.is(await cluster.exitCode, 0, cluster.printed)
  t.deepEqual(cluster.survivors, [])
})

test('a cluster whose server was killed ends with one line, and the next one in its directory knows its builds', async (t) => {
  const places = await freePlaces(t)
  const first = new LocalClusterRun(t, places)
  await first.serves()
  const rig = new MillraceRig(t, files)
  rig.variables = first.variables
  t.is(rig.millrace(['build', '--cluster']).code, 0)
  const second = new LocalClusterRun(t, { ...places, nats: await freePort(), redis: await freePort() })
  t.is(await second.exitCode, 2)
  t.regex(
    second.printed,
    /^millrace cluster: a cluster runs in .* already \(process \d+\); stop it, or .*--dir <dir>\n$/,
  )

  process.kill(first.redis, 'SIGKILL')
  t.is(await first.exitCode, 1)
  t.regex(first.printed, /^millrace cluster: redis ended \(SIGKILL\)/m)
  t.deepEqual(first.survivors, [])

  const third = new LocalClusterRun(t, places)
  await third.serves()
  t.regex(rig.millrace(['builds', '--cluster']).stdout, /succeeded/)
  third.signal('SIGKILL')
  await until('its processes die with it', () => third.survivors.length === 0)
})

test('a port that is taken is told with its holder and the flag for another one', async (t) => {
  const places = await freePlaces(t)
  const holder = createServer().listen(places.redis, '127.0.0.1')
  await once(holder, 'listening')
  t.teardown(() => holder.close())
  const cluster = new LocalClusterRun(t, places)
  t.is(await cluster.exitCode, 2)
  const port = String(places.redis)
  t.regex(cluster.printed, new RegExp(`^millrace cluster: port ${port} is taken by .+ \\(process ${process.pid}\\); `))
  t.regex(cluster.printed, /: npm run cluster -- --redis-port \d+\n$/)
})

test('where programs are missing and nothing installs them, it says how to get them', (t) => {
  t.throws(() => requirePrograms({ PATH: '/nowhere' }, t.log), {
    instanceOf: UserError,
    message: /^nats-server, redis-server, bwrap not found; .* apt-get install nats-server redis-server bubblewrap$/,
  })
})

test('a signal that npm gets reaches the cluster, not a shell in between', (t) => {
  const { scripts } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'))
  t.is(scripts.cluster, 'exec node services/local-cluster/main.ts')
})
