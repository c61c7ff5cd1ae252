import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { MemoryActionCache } from '../../../infra/action-cache/memory-action-cache.ts'
import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { createShellExecutor, type ShellExecutor } from '../../../infra/executor/shell-executor.ts'
import { capturedConsole } from '../../../services/cli/captured-console.ts'
import type { LocalExecutor } from '../../../services/embedded/engine.ts'
import { InProcessTree } from '../embedded/in-process-tree.ts'
import { type MadeFile, RandomTree } from './random-tree.ts'
import { randomOf } from './seeded-random.ts'

const seeds = process.env.TEST_SEED === undefined ? 500 : 1
const firstSeed = Number(process.env.TEST_SEED ?? 1)
const seedsAtOnce = 50
const stepsMax = 5

/** Executors live through all seeds: to start their helpers takes as long as a build. */
const executors = new Map<string, ShellExecutor>()

test.after.always('helpers are gone', async () => {
  for (const executor of executors.values()) await executor.close()
})

function environmentWith(variable: string): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', MR_VARIABLE: variable }
}

function executorWith(variable: string): LocalExecutor {
  let executor = executors.get(variable)
  if (executor === undefined) {
    executor = createShellExecutor({ slots: 2, env: environmentWith(variable) })
    executors.set(variable, executor)
  }
  const shared = executor
  return capturedConsole({
    start: async () => {},
    close: async () => {},
    run: (order) => shared.run(order),
    processes: () => shared.processes(),
  })
}

interface Session {
  readonly t: ExecutionContext
  readonly seed: number
  readonly random: (limit: number) => number
  readonly model: RandomTree
  readonly tree: InProcessTree
  /** What was done so far, for the report of a failure. */
  readonly story: string[]
}

function newSession(t: ExecutionContext, seed: number): Session {
  const random = randomOf(seed)
  const model = new RandomTree(random)
  const files = Object.fromEntries([...model.sources, ['build.ninja', model.manifest()]])
  const tree = new InProcessTree(t, files, false)
  const blobs = new MemoryBlobStore()
  const actions = new MemoryActionCache()
  tree.surroundWith({ cache: async () => ({ blobs, actions }) })
  return { t, seed, random, model, tree, story: [] }
}

/** Changes one thing at random. */
function change({ random, model, tree, story }: Session, step: number): void {
  const outputs = model.outputs()
  const some = () => outputs[random(outputs.length)]!
  const kind = random(12)
  let what: string
  if (kind < 4) {
    const [path, content] = model.edit()
    tree.write(path, content)
    what = `${path}: ${JSON.stringify(content)}`
  } else if (kind === 4) {
    const path = some()
    tree.remove(path)
    what = `without ${path}`
  } else if (kind === 5) {
    const path = some()
    tree.write(path, 'edited by hand')
    what = `${path} edited`
  } else if (kind === 6) {
    model.toggleTask()
    what = 'tasks'
  } else if (kind === 7) {
    model.changeFlag()
    what = 'flag'
  } else if (kind === 8) {
    model.variable = ['one', 'two'][random(2)]!
    what = `variable ${model.variable}`
  } else if (kind === 9) {
    tree.moveTo(`place${step}`)
    what = 'moved'
  } else if (kind === 10) {
    tree.forget()
    what = 'forgot'
  } else {
    tree.remove('out')
    what = 'clean'
  }
  story.push(what)
}

async function build(session: Session): Promise<number> {
  const { t, seed, model, tree, story } = session
  tree.write('build.ninja', model.manifest())
  const environment = environmentWith(model.variable)
  tree.surroundWith({ environment, executor: async () => executorWith(model.variable) })
  const run = await tree.build()
  story.push(`built, ${run.end}: ran ${run.ran}, cached ${run.cached}`)
  const expected = model.made(tree.directory)
  const tell = () => `TEST_SEED=${seed}\n${story.join('\n')}\n${model.manifest()}`
  const isWhole = model.outputs().every((path) => expected.has(path))
  if (run.end !== (isWhole ? 0 : 1)) t.fail(`ended with ${run.end}\n${tell()}`)
  for (const [path, file] of expected) {
    const is = found(tree, path)
    if (is !== textOf(file)) t.fail(`${path} is ${is}, and not ${textOf(file)}\n${tell()}`)
  }
  if (isWhole) {
    const again = await tree.build()
    if (again.ran.length + again.cached.length > 0)
      t.fail(`makes again: ran ${again.ran}, cached ${again.cached}\n${tell()}`)
  }
  return run.cached.length
}

function found(tree: InProcessTree, path: string): string | undefined {
  const stats = lstatSync(tree.path(path), { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const content = readFileSync(tree.path(path), 'latin1')
  if (stats.isSymbolicLink()) return textOf({ content, target: readlinkSync(tree.path(path)) })
  return textOf({ content, isExecutable: (stats.mode & 0o111) !== 0 })
}

function textOf({ content, isExecutable = false, target }: MadeFile): string {
  return JSON.stringify(target === undefined ? [content, isExecutable] : [content, target])
}

/** In parts, each of which is a sign of life. */
for (let first = firstSeed; first < firstSeed + seeds; first += seedsAtOnce)
  test.serial(
    `of random graphs, after random edits, every output is as built from scratch (from seed ${first})`,
    async (t) => {
      let cached = 0
      const end = Math.min(first + seedsAtOnce, firstSeed + seeds)
      for (let seed = first; seed < end; seed++) {
        const session = newSession(t, seed)
        cached += await build(session)
        for (let step = 0; step < stepsMax; step++) {
          for (let i = session.random(3); i >= 0; i--) change(session, step)
          cached += await build(session)
        }
        session.tree.remove('.')
      }
      t.true(cached >= end - first, `${cached} tasks were taken from the cache`)
    },
  )
