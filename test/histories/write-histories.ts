import { existsSync, writeFileSync } from 'node:fs'
import type { BuildEvent } from '../../events/build-events.ts'
import { chainStart, commitFormat, encodeCommit } from '../../events/commit.ts'
import { type Digest, digestOf, sha256Hex } from '../../events/digest.ts'
import type { Failure } from '../../events/failure.ts'
import type { Surroundings } from '../../events/surroundings.ts'
import { newBuildState, taskCounts } from '../../machines/build-state.ts'
import type { BuildGraph, TaskNumber } from '../../machines/graph/build-graph.ts'
import { replayBuild } from '../../machines/replay.ts'
import { step } from '../../machines/step.ts'
import { sketchGraph } from '../machines/sketch-graph.ts'
import { endOf, type History } from './history.ts'

/**
 * Writes the histories of the current format, as `node test/histories/write-histories.ts`. A history that is there is
 * left as it is: it stands for what a release wrote, and only a new format adds new ones.
 */
class HistoryWriter {
  readonly #graph: BuildGraph
  readonly #digest: Digest
  readonly #state
  readonly #buildId: string
  readonly #commits: History['commits'][number][] = []
  #open: BuildEvent[] = []
  #prev = chainStart
  #epoch = 1
  #at = 1_790_000_000_000
  readonly #attempts = new Map<TaskNumber, number>()

  constructor(buildId: string, graph: BuildGraph) {
    this.#graph = graph
    this.#digest = digestOf(JSON.stringify(graph))
    this.#buildId = buildId
    this.#state = newBuildState(buildId, () => graph)
  }

  event(event: BuildEvent): this {
    this.#open.push(event)
    for (const effect of step(this.#state, event)) if (effect.type === 'record') this.event(effect.event)
    return this
  }

  /** Ends a commit. */
  commit(): this {
    const stored = encodeCommit({
      v: commitFormat,
      buildId: this.#buildId,
      version: this.#commits.length + 1,
      epoch: this.#epoch,
      prev: this.#prev,
      at: this.#at,
      events: this.#open,
    })
    this.#commits.push({ ...stored, body: Buffer.from(stored.body).toString() })
    this.#prev = stored.hash
    this.#open = []
    this.#at += 25
    return this
  }

  request(failuresMax: number): this {
    return this.event({
      type: 'build-requested',
      request: {
        directory: '/src/app',
        reader: 'ninja',
        file: 'build.ninja',
        targets: [],
        failuresMax,
        policy: 'critical-path',
      },
      requester: { host: 'build-1', pid: 4711, version: '0.1.0' },
    }).commit()
  }

  plan(slots: number, rest: Partial<Extract<BuildEvent, { type: 'build-planned' }>> = {}): this {
    const lists = { upToDate: [], discovered: [], dyndeps: [], durations: [] }
    this.event({ type: 'build-planned', graph: this.#digest, ...lists, ...rest })
    return this.event({ type: 'build-started', slots }).commit()
  }

  resume(): this {
    this.#epoch++
    this.#attempts.clear()
    this.event({ type: 'build-resumed', requester: { host: 'build-2', pid: 815, version: '0.1.0' } })
    return this.commit()
  }

  queue(id: string): this {
    const task = this.#task(id)
    const version = this.#state.fileVersions.length
    this.event({ type: 'files-digested', files: [[`${id}.c`, digestOf(`source of ${id}`)]] })
    this.#noteSurroundings()
    const reason = { kind: 'no-record' } as const
    const miss = { kind: 'unknown-task', key: sha256Hex(id) } as const
    const lookedUp = { task, command: digestOf(id), inputs: [version], surroundings: 0, reason }
    return this.event({ type: 'task-queued', ...lookedUp, miss }).commit()
  }

  cache(id: string): this {
    const version = this.#state.fileVersions.length
    const outputs: [string, Digest] = [id, digestOf(`object of ${id}`)]
    this.event({ type: 'files-digested', files: [[`${id}.c`, digestOf(`source of ${id}`)], outputs] })
    this.#noteSurroundings()
    return this.event({
      type: 'task-cached',
      task: this.#task(id),
      command: digestOf(id),
      inputs: [version],
      surroundings: 0,
      reason: { kind: 'output-missing', path: id },
      action: sha256Hex(`action of ${id}`),
      discovered: [],
      outputs: [version + 1],
      origin: { build: '01k5r0000000000000000000s0', worker: 'local-1', at: this.#at - 1000, runMs: 20 },
      output: { text: 'ok\n' },
    }).commit()
  }

  #noteSurroundings(): void {
    if (this.#state.surroundings.length > 0) return
    const tools: Surroundings['tools'] = [['/usr/bin/cc', digestOf('cc')]]
    const variables: Surroundings['variables'] = [
      ['CPATH', digestOf('inc')],
      ['LANG', null],
    ]
    this.event({ type: 'surroundings-noted', surroundings: [{ tools, variables }] })
  }

  start(id: string): this {
    const task = this.#task(id)
    this.#attempts.set(task, (this.#attempts.get(task) ?? 0) + 1)
    return this.event({ type: 'task-started', ...this.#attempt(id), at: this.#at }).commit()
  }

  succeed(id: string): this {
    const version = this.#state.fileVersions.length
    const outputs: [string, Digest] = [id, digestOf(`object of ${id}`)]
    this.event({ type: 'files-digested', files: [['config.h', digestOf('config')], outputs] })
    const numbers = { discovered: [version], outputs: [version + 1], kept: sha256Hex(`action of ${id}`) }
    return this.event({ type: 'task-succeeded', ...this.#end(id), output: { text: 'ok\n' }, ...numbers }).commit()
  }

  fail(id: string, failure: Failure): this {
    return this.event({ type: 'task-attempt-failed', ...this.#end(id), failure }).commit()
  }

  run(...ids: readonly string[]): this {
    for (const id of ids) this.queue(id).start(id).succeed(id)
    return this
  }

  cancel(tasks: readonly number[]): this {
    this.event({ type: 'tasks-cancelled', tasks })
    return this.event({ type: 'build-cancelled', reason: 'interrupted', counts: taskCounts(this.#state) }).commit()
  }

  write(name: string, about: string): void {
    const file = new URL(`${name}.json`, import.meta.url)
    if (existsSync(file)) return
    const commits = this.#commits.map(({ body }) => JSON.parse(body))
    const end = endOf(replayBuild(commits, () => this.#graph))
    const history: History = { about, graphs: { [this.#digest]: this.#graph }, commits: this.#commits, end }
    writeFileSync(file, `${JSON.stringify(history, null, 2)}\n`)
  }

  /** The same, with one letter of one stored event changed afterwards. */
  writeDamaged(name: string, about: string): void {
    const third = this.#commits[2]!
    this.#commits[2] = { ...third, body: third.body.replace('no-record', 'no-recerd') }
    const file = new URL(`${name}.json`, import.meta.url)
    if (existsSync(file)) return
    const history = { about, graphs: { [this.#digest]: this.#graph }, commits: this.#commits, end: null }
    writeFileSync(file, `${JSON.stringify(history, null, 2)}\n`)
  }

  #task(id: string): TaskNumber {
    return this.#graph.tasks.findIndex((task) => task.id === id)
  }

  #attempt(id: string) {
    const task = this.#task(id)
    return { task, attempt: this.#attempts.get(task) ?? 1, worker: 'local-1' }
  }

  #end(id: string) {
    return { ...this.#attempt(id), at: this.#at, phases: { queueMs: 0.5, fetchMs: 0.25, runMs: 20, storeMs: 1 } }
  }
}

const graph = sketchGraph(
  [
    { id: 'gen.h' },
    { id: 'main.o', in: ['main.c'], orderOnly: ['gen.h'] },
    { id: 'lib.o', in: ['lib.c', 'gen.h'], pool: 'heavy', retries: 1 },
    { id: 'app', in: ['main.o', 'lib.o'] },
    { id: 'all', in: ['app'], phony: true },
  ],
  { pools: { heavy: 1 }, defaults: ['all'] },
)
const modules = sketchGraph([
  { id: 'scan.dd' },
  { id: 'use.o', dyndep: 'scan.dd' },
  { id: 'make.o', dyndep: 'scan.dd' },
  { id: 'app', in: ['use.o', 'make.o'] },
])
const userFailure: Failure = { kind: 'user', exitCode: 1, message: 'exit code 1' }
const workerLost: Failure = { kind: 'worker-lost', message: 'worker local-1 vanished' }

new HistoryWriter('01k5r0000000000000000000s0', graph)
  .request(1)
  .plan(2, { durations: [1, 30, 2, 90] })
  .run('gen.h', 'main.o', 'lib.o', 'app')
  .write('format-2-succeeded', 'four tasks ran and the build succeeded')

new HistoryWriter('01k5r0000000000000000000k0', graph)
  .request(1)
  .plan(2)
  .cache('gen.h')
  .cache('main.o')
  .run('lib.o')
  .cache('app')
  .write('format-2-cached', 'three results were taken from the cache, one task ran and was kept')

new HistoryWriter('01k5r0000000000000000000n0', graph)
  .request(1)
  .plan(1, { upToDate: [0, 4] })
  .write('format-2-nothing-to-do', 'everything was up to date')

new HistoryWriter('01k5r0000000000000000000f0', graph)
  .request(0)
  .plan(2, { upToDate: [0, 1] })
  .queue('lib.o')
  .start('lib.o')
  .fail('lib.o', workerLost)
  .start('lib.o')
  .fail('lib.o', userFailure)
  .start('lib.o')
  .fail('lib.o', userFailure)
  .run('main.o')
  .write('format-2-failed', 'a worker was lost, then the command failed twice; what needed it was skipped')

new HistoryWriter('01k5r0000000000000000000c0', graph)
  .request(1)
  .plan(2)
  .run('gen.h')
  .queue('main.o')
  .queue('lib.o')
  .start('lib.o')
  .cancel([1, 3])
  .write('format-2-cancelled', 'the user stopped the build while one task was queued, one ran and one waited')

new HistoryWriter('01k5r0000000000000000000r0', graph)
  .request(1)
  .plan(2)
  .run('gen.h')
  .queue('lib.o')
  .start('lib.o')
  .resume()
  .plan(2, { upToDate: [0, 1], discovered: [1, 0] })
  .run('main.o', 'lib.o', 'app')
  .write('format-2-resumed', 'the coordinator was killed while a task ran, and another one finished the build')

new HistoryWriter('01k5r0000000000000000000m0', modules)
  .request(1)
  .plan(2)
  .run('scan.dd')
  .event({
    type: 'dyndep-loaded',
    file: 'scan.dd',
    tasks: [
      { task: 1, inputs: ['m.mod'], outputs: [] },
      { task: 2, inputs: [], outputs: ['m.mod'], restat: true },
    ],
  })
  .commit()
  .run('make.o', 'use.o', 'app')
  .write('format-2-dyndep', 'a dyndep file made during the build put one task behind another')

new HistoryWriter('01k5r0000000000000000000d0', graph)
  .request(1)
  .plan(1)
  .run('gen.h')
  .writeDamaged('format-2-damaged', 'a byte of commit 3 was changed after it was stored')
