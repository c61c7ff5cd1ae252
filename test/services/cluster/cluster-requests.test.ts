import { connect } from '@nats-io/transport-node'
import test, { type ExecutionContext } from 'ava'
import { Cluster } from '../../rig/cluster.ts'
import { newestBuild } from '../../rig/cluster-log.ts'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

interface Reply {
  readonly accepted: boolean
  readonly buildId: string
  readonly durability: string
  readonly message: string
}

/** What any program with a NATS client does. */
async function publish(cluster: Cluster, body: string): Promise<Reply> {
  const connection = await connect({ servers: cluster.nats.url })
  const reply = await connection.request('millrace.requests.demo', body, { timeout: 10_000 })
  await connection.close()
  return reply.json<Reply>()
}

async function ended(t: ExecutionContext, cluster: Cluster, buildId: string): Promise<string> {
  let last = ''
  await until(
    'the build has ended',
    async () => {
      const build = await newestBuild(cluster)
      t.is(build.buildId, buildId)
      const end = build.events.at(-1)!
      last = JSON.stringify(end)
      return ['build-succeeded', 'build-failed', 'build-cancelled'].includes(end.type)
    },
    60_000,
  )
  return last
}

test('a request with a graph in it is accepted with an id and its durability, and runs', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const graph = {
    tasks: [
      { id: 'hello', command: 'echo hello > hello', outputs: ['hello'] },
      { id: 'twice', command: 'cat hello hello > twice', inputs: ['hello'], outputs: ['twice'], depends_on: ['hello'] },
    ],
  }
  const reply = await publish(cluster, JSON.stringify({ graph, id: 'mine' }))
  t.true(reply.accepted, reply.message)
  t.is(reply.durability, 'process')
  t.regex(await ended(t, cluster, reply.buildId), /"build-succeeded".*"run":2/)
  const again = await publish(cluster, JSON.stringify({ graph, id: 'mine' }))
  t.is(again.buildId, reply.buildId, 'sent again, it begins no second build')
})

test('a request for a revision in git is prepared by a command, and runs', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const rig = new MillraceRig(t, {
    'CMakeLists.txt': 'cmake_minimum_required(VERSION 3.20)\nproject(p C)\nadd_executable(app main.c)\n',
    'main.c': 'int main(void) { return 0; }\n',
  })
  const repository = `${rig.directory}.git`
  rig.tool('sh', [
    '-c',
    `git init -q -b trunk . && git add . && git -c user.name=n -c user.email=e@e commit -qm one && git clone -q --bare . ${repository}`,
  ])
  t.teardown(() => rig.tool('rm', ['-rf', repository], '/'))
  const request = {
    source: { git: { url: repository, revision: 'trunk' } },
    prepare: 'cmake -G Ninja -B build -S .',
    directory: 'build',
  }
  const reply = await publish(cluster, JSON.stringify(request))
  t.true(reply.accepted, reply.message)
  t.regex(await ended(t, cluster, reply.buildId), /"build-succeeded".*"run":2/)

  const wrong = await publish(cluster, JSON.stringify({ ...request, prepare: 'echo "error: not today" && exit 3' }))
  t.regex(await ended(t, cluster, wrong.buildId), /"build-failed".*prepare .*exit code 3: error: not today/)
  const missing = await publish(
    cluster,
    JSON.stringify({ ...request, source: { git: { url: repository, revision: 'no-such' } } }),
  )
  t.regex(await ended(t, cluster, missing.buildId), /"build-failed".*git .*no-such/)
})

test('a request that makes no sense is refused with its place and a mend, and begins nothing', async (t) => {
  const cluster = await Cluster.start(t, { workers: 0 })
  const refusals: readonly (readonly [string, RegExp])[] = [
    ['{', /^request:1:2: .*JSON/],
    ['{}', /give a source that has the graph, or the graph itself/],
    ['{"graph": {"tasks": []}, "targetz": []}', /targetz.*did you mean.*targets/i],
    ['{"graph": {"tasks": [{"id": 7}]}}', /graph of the request.*id/],
    ['{"source": {"snapshot": "x", "roots": ["/a"]}}', /snapshot/],
    ['{"source": {"git": {"url": "u", "revision": "r"}}, "directory": "../.."}', /lies outside/],
  ]
  for (const [body, message] of refusals) {
    const reply = await publish(cluster, body)
    t.false(reply.accepted, body)
    t.regex(reply.message, message)
  }
  t.deepEqual((await newestBuild(cluster)).events, [])
})
