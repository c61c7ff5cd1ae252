import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { connectNats } from '../../../infra/nats/nats-connection.ts'
import { setupStreams } from '../../../infra/nats/setup-streams.ts'
import { memoryAdvice, memoryOf } from '../../../infra/redis/redis-memory.ts'
import { clusterAddresses } from '../../../services/cluster-addresses.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { top } from '../../rig/source-files.ts'
import { connectedRedis } from '../redis/connected-redis.ts'
import { ConfiguredNatsServer } from './configured-nats-server.ts'

const deploy = join(top, 'infra/deploy')
const textOf = (path: string) => readFileSync(join(top, path), 'utf8')

/** What Compose makes of docker-compose.yml: each service as text, by its name. Fails when Compose refuses the file. */
function services(): Map<string, string> {
  requireTool('docker-compose')
  const { status, stdout, stderr } = spawnSync('docker-compose', ['config'], { cwd: top, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const [, section = ''] = stdout.split(/^services:\n/m)
  const blocks = section.split(/^\S/m)[0]!.matchAll(/^ {2}(\S+):\n((?: {4}.*\n)+)/gm)
  return new Map([...blocks].map(([, name, text]) => [name!, text!]))
}

test('Compose takes the file: two coordinators, and workers in profiles of 1, 3 and 5', (t) => {
  const found = services()
  const workers = [1, 2, 3, 4, 5].map((n) => `worker-${n}`)
  t.deepEqual(
    [...found.keys()].sort(),
    ['coordinator-1', 'coordinator-2', 'jaeger', 'nats', 'redis', ...workers].sort(),
  )
  for (const n of [1, 3, 5]) {
    const inProfile = workers.filter((name) => new RegExp(`- workers-${n}\\n`).test(found.get(name)!))
    t.deepEqual(inProfile, workers.slice(0, n))
  }
  for (const name of workers) t.regex(found.get(name)!, new RegExp(`- worker\\n +- --id\\n +- ${name}\\n`))
})

test('every image is pinned: those of others by a full version, ours by that of package.json', (t) => {
  const { version, devDependencies } = JSON.parse(textOf('package.json'))
  for (const [name, text] of services()) {
    const image = /^ {4}image: (.+)$/m.exec(text)?.[1]
    t.regex(image ?? '', /^[\w/-]+:\d+\.\d+\.\d+(-\w+)?$/, name)
    if (text.includes('dockerfile:')) t.is(image, `millrace:${version}`)
  }
  const bases = [...textOf('infra/deploy/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  const node = devDependencies.node.replace('^', '')
  t.deepEqual([...new Set(bases)], [`node:${node}-bookworm-slim`], 'the Node that the scripts run on')
})

test('coordinators and workers ask for the servers of the file, and command lines of this host for the ports it opens', (t) => {
  const found = services()
  const defaults = clusterAddresses({}, {})
  for (const [name, text] of found) {
    if (!/^(coordinator|worker)-/.test(name)) continue
    const env = Object.fromEntries([...text.matchAll(/^ {6}([A-Z_]+): (\S+)$/gm)].map(([, key, value]) => [key, value]))
    const { nats, redis } = clusterAddresses({}, env)
    for (const url of [nats, redis]) t.true(found.has(new URL(url).hostname), `${name}: ${url}`)
    if (name.startsWith('coordinator')) {
      const { hostname, port } = new URL(env.OTEL_EXPORTER_OTLP_ENDPOINT!)
      t.true(found.get(hostname)?.includes(`127.0.0.1:${port}:${port}/tcp`), 'traces go to Jaeger')
    }
  }
  for (const [name, url] of Object.entries({ nats: defaults.nats, redis: defaults.redis })) {
    const { port } = new URL(url)
    t.regex(found.get(name)!, new RegExp(`ports:\\n +- 127\\.0\\.0\\.1:${port}:${port}/tcp\\n`))
  }
})

test('files and commands that Compose names are there', (t) => {
  const mounts = [...services().values()].flatMap((text) => [...text.matchAll(/- (\/\S+):(\/etc\/\S+):ro$/gm)])
  t.is(mounts.length, 3)
  for (const [, from, to] of mounts) t.notThrows(() => readFileSync(from!), to)
  const copied = [...textOf('infra/deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
  for (const path of copied.flatMap(([, paths]) => paths!.split(' ')))
    t.is(spawnSync('test', ['-e', join(top, path)]).status, 0, path)
})

test('NATS with nats.conf has all that Millrace probes, and nats-synced.conf adds the flushing of each message', async (t) => {
  const server = await ConfiguredNatsServer.started(join(deploy, 'nats.conf'))
  t.teardown(() => server.remove())
  const connection = await connectNats({ servers: server.url, name: 'deploy test' })
  try {
    await t.notThrowsAsync(setupStreams(connection))
    t.is(connection.info?.max_payload, 1024 * 1024)
  } finally {
    await connection.close()
  }
  const added = textOf('infra/deploy/nats-synced.conf').replaceAll(/^#.*\n/gm, '')
  t.is(added, 'include "nats.conf"\njetstream {\n  sync_interval: always\n}\n')
})

test('Redis with redis.conf is the cache that Millrace asks for, and keeps nothing on disk', async (t) => {
  const { connection } = await connectedRedis(t, '--include', join(deploy, 'redis.conf'))
  const memory = await memoryOf(connection)
  t.is(memory.bytesMax, 2 * 1024 ** 3)
  t.is(memoryAdvice(memory), undefined)
  const setting = (name: string) => connection.ask((redis) => redis.config('GET', name))
  t.deepEqual(await setting('save'), ['save', ''])
  t.deepEqual(await setting('appendonly'), ['appendonly', 'no'])
})
