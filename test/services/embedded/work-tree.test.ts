import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { BuildEvent } from '../../../events/build-events.ts'
import { buildIdFrom } from '../../../events/build-id.ts'
import { chainStart, commitFormat, encodeCommit } from '../../../events/commit.ts'
import { type Digest, digestOf } from '../../../events/digest.ts'
import { type LastResults, LastResultsFold } from '../../../events/last-results.ts'
import { MemoryEventLog } from '../../../infra/event-log/memory-event-log.ts'
import { MemorySnapshotStore } from '../../../infra/snapshot-store/memory-snapshot-store.ts'
import { MemoryFiles, MemorySourceTree } from '../../../infra/source-tree/memory-source-tree.ts'
import type { StandingPlan, StandingQuestion } from '../../../services/embedded/standing-plan.ts'
import { WorkTree } from '../../../services/embedded/work-tree.ts'
import { sketchGraph } from '../../machines/sketch-graph.ts'

const graph = sketchGraph([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
const ids = graph.tasks.map(({ id }) => id)

/** How one attempt of a build ended: `content` is what it read and made; null: it failed. */
type Ending = readonly [task: number, content: number | null]

/** The events of a build in which these attempts ended. */
function eventsOf(directory: string, endings: readonly Ending[]): readonly BuildEvent[] {
  const request = { directory, reader: 'json', file: 'g', targets: [], failuresMax: 0, policy: 'fifo' } as const
  const end = { attempt: 1, worker: 'w', at: 1, phases: { queueMs: 0, fetchMs: 0, runMs: 5, storeMs: 0 } }
  const graphDigest = digestOf(JSON.stringify(graph))
  return [
    { type: 'build-requested', request, requester: { host: 'h', pid: 1, version: '0' } },
    { type: 'build-planned', graph: graphDigest, upToDate: [], discovered: [], dyndeps: [], durations: [] },
    { type: 'build-started', slots: 1 },
    { type: 'surroundings-noted', surroundings: [{ tools: [], variables: [] }] },
    ...endings.flatMap(([task, content], i): BuildEvent[] => {
      const files = ['in', 'out'].map((kind) => [`${kind}${task}`, digestOf(`${content}`)] as const)
      const [input, output] = [2 * i, 2 * i + 1]
      return [
        { type: 'files-digested', files },
        {
          type: 'task-queued',
          task,
          command: digestOf('c'),
          inputs: [input],
          surroundings: 0,
          reason: { kind: 'no-record' },
        },
        { type: 'task-started', task, attempt: 1, worker: 'w', at: 1 },
        content === null
          ? { type: 'task-attempt-failed', task, ...end, failure: { kind: 'user', message: 'exit code 1' } }
          : { type: 'task-succeeded', task, ...end, discovered: [], outputs: [output] },
      ]
    }),
  ]
}

class WorkTreeBench {
  readonly log = new MemoryEventLog()
  readonly snapshots = new MemorySnapshotStore()
  readonly files = new MemoryFiles()
  #builds = 0

  /** The work tree as a new process has it. */
  open(directory = '/work', snapshots = this.snapshots): WorkTree {
    return new WorkTree(directory, new MemorySourceTree(this.files), this.log, snapshots)
  }

  async load(directory = '/work', snapshots = this.snapshots): Promise<WorkTree> {
    const tree = this.open(directory, snapshots)
    await tree.load()
    return tree
  }

  /**
   * Stores a build of `directory`, one commit per event; `tree` folds it as it goes. Other builds' commits may come
   * between, by way of `meanwhile`.
   */
  build(directory: string, endings: readonly Ending[], tree?: WorkTree, meanwhile?: () => void): void {
    this.log.attach(Buffer.from(JSON.stringify(graph)))
    const buildId = buildIdFrom(1_700_000_000_000 + this.#builds++, new Uint8Array(16))
    const fold = tree && new LastResultsFold(tree.results, buildId, () => ids)
    let prev = chainStart
    for (const [i, event] of eventsOf(directory, endings).entries()) {
      const commit = encodeCommit({ v: commitFormat, buildId, version: i + 1, epoch: 1, prev, at: 1, events: [event] })
      if (this.log.append(commit) !== 'appended') throw new Error('the log is not ours')
      prev = commit.hash
      fold?.apply(event)
      if (i === 3) meanwhile?.()
    }
  }
}

/** Results in a form that can be compared: the numbers of file versions differ from model to model. */
function plain(results: LastResults): Readonly<Record<string, unknown>> {
  const told = (numbers: readonly number[]) => numbers.map((number) => results.version(number))
  return Object.fromEntries(
    ids.map((id) => {
      const last = results.of(id)
      if (last === undefined) return [id, null]
      return [
        id,
        { ...last, inputs: told(last.inputs), discovered: told(last.discovered), outputs: told(last.outputs) },
      ]
    }),
  )
}

/** Copies the snapshots of `/work` but those of the names given. */
async function withoutSnapshots(bench: WorkTreeBench, ...lost: readonly string[]): Promise<MemorySnapshotStore> {
  const copy = new MemorySnapshotStore()
  const key = digestOf('/work').slice(0, 32)
  for (const name of ['results', 'position', 'files', 'graph', 'standing']) {
    const content = await bench.snapshots.load(`${key}-${name}`)
    if (content !== null && !lost.includes(name)) await copy.save(`${key}-${name}`, content)
  }
  return copy
}

const content: fc.Arbitrary<number | null> = fc.option(fc.nat(3), { freq: 4 })
const endings: fc.Arbitrary<readonly Ending[]> = fc.array(fc.tuple(fc.nat(2), content), { maxLength: 4 })

/** `isKilled`: the process dies before it can save anything. */
const builds = fc.array(fc.record({ endings, isKilled: fc.boolean(), foreign: fc.option(endings) }), { maxLength: 6 })

test('whatever snapshots are lost, and whichever processes died, the results are those that the log tells', async (t) => {
  await fc.assert(
    fc.asyncProperty(builds, async (history) => {
      const bench = new WorkTreeBench()
      for (const { endings, isKilled, foreign } of history) {
        const tree = await bench.load()
        bench.build('/work', endings, tree, () => foreign && bench.build('/other', foreign))
        if (!isKilled) await tree.save(endings.length > 0)
      }
      const expected = plain((await bench.load('/work', new MemorySnapshotStore())).results)
      t.deepEqual(plain((await bench.load()).results), expected)
      for (const lost of ['results', 'position', 'files'])
        t.deepEqual(plain((await bench.load('/work', await withoutSnapshots(bench, lost))).results), expected, lost)
    }),
  )
})

test('builds of other trees are passed over, also when their graph is missing', async (t) => {
  const bench = new WorkTreeBench()
  bench.build('/work', [[0, 1]])
  bench.build('/other', [
    [0, 2],
    [1, 2],
  ])
  const { results } = await bench.load()
  t.is(results.size, 1)
  t.like(plain(results).a, { outputs: [['out0', digestOf('1')]] })
  t.is((await bench.load('/third')).results.size, 0)
})

test('what was caught up from the log is kept, though the next build runs nothing', async (t) => {
  const bench = new WorkTreeBench()
  await (await bench.load()).save(true)
  bench.build('/work', [[0, 1]])
  const after = await bench.load()
  bench.build('/work', [], after)
  await after.save(false)
  t.is((await bench.load()).results.of('a')?.runMs, 5)
})

test('builds that ran nothing move the position on, so that the log is not read again', async (t) => {
  const bench = new WorkTreeBench()
  const tree = await bench.load()
  bench.build('/work', [[0, 1]], tree)
  await tree.save(true)
  const later = await bench.load()
  bench.build('/work', [], later)
  await later.save(false)
  t.is((await bench.load()).results.position, await bench.log.position())
  const read: number[] = []
  const readAfter = bench.log.readAfter.bind(bench.log)
  bench.log.readAfter = (position) => {
    read.push(position)
    return readAfter(position)
  }
  await bench.load()
  t.deepEqual(read, [])
})

test('a graph is attached once for as long as its sources stay, and again when the log has lost it', async (t) => {
  const bench = new WorkTreeBench()
  const tree = await bench.load()
  const digest = await tree.attachGraph(graph, digestOf('sources'))
  const changed = { ...graph, defaults: [0] }
  // Not even looked at: the sources say that it is the same.
  t.is(await (await bench.load()).attachGraph(changed, digestOf('sources')), digest)
  t.not(await (await bench.load()).attachGraph(changed, digestOf('other sources')), digest)
  const emptied = new WorkTree('/work', new MemorySourceTree(bench.files), new MemoryEventLog(), bench.snapshots)
  await emptied.load()
  t.is(await emptied.attachGraph(graph, digestOf('other sources')), digest)
})

const question: StandingQuestion = {
  version: '1',
  readersVersion: 1,
  directory: '/work',
  file: null,
  targets: [],
  failuresMax: 1,
  policy: 'fifo',
  root: null,
}

function planOf(graphDigest: Digest): StandingPlan {
  const counts = { total: 0, upToDate: 0, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
  const request = {
    directory: '/work',
    reader: 'json',
    file: 'g',
    targets: [],
    failuresMax: 1,
    policy: 'fifo',
  } as const
  const planned = { graph: graphDigest, upToDate: [], discovered: [], dyndeps: [], durations: [] }
  return {
    question,
    variables: [],
    request,
    planned: { type: 'build-planned', ...planned },
    succeeded: { type: 'build-succeeded', counts },
  }
}

/** A tree with a plan that rests on `a`, which is there, and `b`, which is not. */
async function standing(t: ExecutionContext): Promise<WorkTreeBench> {
  const bench = new WorkTreeBench()
  bench.files.write('a', 'one')
  const tree = await bench.load()
  for (const path of ['a', 'b']) await tree.files.look(path)
  await tree.saveStandingPlan(planOf(await tree.attachGraph(graph, digestOf('sources'))))
  t.not(await bench.open().standingPlan(question, {}), undefined)
  return bench
}

test('a plan stands for the same question while all its files are as they were, those that were not there too', async (t) => {
  const changes: ((files: MemoryFiles) => void)[] = [
    (files) => files.write('a', 'one'),
    (files) => files.write('a', 'two'),
    (files) => files.remove('a'),
    (files) => files.write('b', 'shadow'),
  ]
  for (const change of changes) {
    const bench = await standing(t)
    bench.files.write('c', 'not looked at')
    t.deepEqual(await bench.open().standingPlan(question, {}), planOf(digestOf(JSON.stringify(graph))))
    t.is(await bench.open().standingPlan({ ...question, targets: ['a'] }, {}), undefined)
    change(bench.files)
    t.is(await bench.open().standingPlan(question, {}), undefined)
  }
})

test('a plan whose graph the log has lost does not stand, nor does one of another tree', async (t) => {
  const bench = await standing(t)
  const files = new MemorySourceTree(bench.files)
  t.is(await new WorkTree('/work', files, new MemoryEventLog(), bench.snapshots).standingPlan(question, {}), undefined)
  t.is(await bench.open('/other').standingPlan(question, {}), undefined)
})

test('no plan stands after a build that ran something, for results may have changed where files did not', async (t) => {
  const bench = await standing(t)
  await (await bench.load()).save(false)
  t.not(await bench.open().standingPlan(question, {}), undefined)
  await (await bench.load()).save(true)
  t.is(await bench.open().standingPlan(question, {}), undefined)
})

test('a plan is not kept when a file changed while it was made', async (t) => {
  const bench = new WorkTreeBench()
  bench.files.write('a', 'one')
  const tree = await bench.load()
  await tree.files.look('a')
  bench.files.write('a', 'two')
  await tree.files.look('a')
  await tree.saveStandingPlan(planOf(await tree.attachGraph(graph, digestOf('sources'))))
  t.is(await bench.open().standingPlan(question, {}), undefined)
})

test('a standing plan that was damaged, anywhere, is as if it were not there or as it was', async (t) => {
  const bench = await standing(t)
  const name = `${digestOf('/work').slice(0, 32)}-standing`
  const bytes = (await bench.snapshots.load(name))!
  for (let length = 0; length < bytes.byteLength; length += 7) {
    await bench.snapshots.save(name, bytes.subarray(0, length))
    t.is(await bench.open().standingPlan(question, {}), undefined)
  }
})
