import test, { type ExecutionContext } from 'ava'
import { sha256Hex } from '../../events/digest.ts'
import type { ActionCache, CachedAction, ReadSet } from '../../infra/action-cache/action-cache.ts'
import { actionOf, readSetOf, resultOf } from '../infra/action-cache/sample-actions.ts'
import { all } from '../infra/event-log/sample-commits.ts'

/** One cache of its own for a test, whose clock stands still until it is moved. */
export interface ActionCacheRig {
  /** Opens the same cache again with each call. */
  open(): ActionCache
  readonly clock: { nowMs: number }
}

const hourMs = 60 * 60 * 1000

/** Runs what every action cache guarantees. */
export function actionCacheConformance(
  adapter: string,
  makeRig: (t: ExecutionContext) => ActionCacheRig | Promise<ActionCacheRig>,
): void {
  const on = (title: string, run: (t: ExecutionContext, rig: ActionCacheRig, cache: ActionCache) => Promise<void>) =>
    test(`${adapter}: ${title}`, async (t) => {
      const rig = await makeRig(t)
      const cache = rig.open()
      await run(t, rig, cache)
      await cache.close()
    })

  on('a cache that was never written to is empty', async (t, rig, cache) => {
    t.is(await cache.result(sha256Hex('a')), null)
    t.deepEqual(await cache.readSets(sha256Hex('t')), [])
    t.deepEqual(await all(cache.entries()), [])
    t.is(await cache.remove([sha256Hex('a')]), 0)
    t.is(await cache.removeUnused(rig.clock.nowMs + hourMs), 0)
    const { counters, since } = await cache.counts()
    t.deepEqual(counters, {})
    t.is(since, rig.clock.nowMs)
  })

  on('a result and its read set come back, at once and to a later opener', async (t, rig, cache) => {
    const actions = Array.from({ length: 600 }, (_, i) => actionOf(`task ${i}`))
    const check = async (from: ActionCache) => {
      for (const { actionKey, taskKey, readSet, result } of actions) {
        t.deepEqual(await from.result(actionKey), result)
        t.deepEqual(await from.readSets(taskKey), [readSet])
      }
    }
    for (const action of actions) await cache.put(action)
    await check(cache)
    await cache.close()
    const later = rig.open()
    await check(later)
    await later.close()
  })

  on('results of any form come back as they were', async (t, _rig, cache) => {
    const { origin } = resultOf('some')
    const bare = { outputs: [], madeInputs: [], origin }
    const many = { ...resultOf('many'), outputs: Array.from({ length: 500 }, (_, i) => ({ path: `${i}`, target: '' })) }
    const actions = [bare, many].map((result, i) => ({ ...actionOf(`task ${i}`), result }))
    for (const action of actions) await cache.put(action)
    await cache.flush()
    for (const { actionKey, result } of actions) t.deepEqual(await cache.result(actionKey), result)
    t.is((await all(cache.entries())).length, 2)
  })

  on('read sets of any form come back in their order', async (t, _rig, cache) => {
    const many = Array.from({ length: 2000 }, (_, i) => `$root/folder-${(i * 7919) % 2000}/header.hpp`)
    const sets: ReadSet[] = [
      { paths: [], isBound: false },
      { paths: [], isBound: true },
      readSetOf('b', 'a', 'b'),
      readSetOf('line\nfeed', 'ä', '\u{1f600}', ' ', ''),
      { paths: many, isBound: true },
      { paths: many, isBound: false },
      { paths: many.toReversed(), isBound: true },
    ]
    for (const readSet of sets) await cache.put(actionOf('task', readSet))
    await cache.flush()
    t.deepEqual(await cache.readSets(sha256Hex('task')), sets.toReversed())
  })

  on('what is changed after put or in an answer does not change what is kept', async (t, _rig, cache) => {
    const action = structuredClone(actionOf('task')) as unknown as {
      readSet: { paths: string[] }
      result: { outputs: unknown[] }
    }
    await cache.put(action as unknown as CachedAction)
    action.readSet.paths.push('other')
    action.result.outputs.length = 0
    const { actionKey, taskKey, readSet, result } = actionOf('task')
    for (let i = 0; i < 2; i++) {
      const given = (await cache.result(actionKey)) as unknown as { outputs: unknown[] }
      t.deepEqual(given as unknown, result)
      given.outputs.length = 0
      const sets = (await cache.readSets(taskKey)) as unknown as { paths: string[] }[]
      t.deepEqual(sets as unknown, [readSet])
      sets[0]!.paths.push('other')
      await cache.flush()
    }
  })

  on('a result takes the place of an earlier one of its action', async (t, _rig, cache) => {
    const action = actionOf('task')
    for (const name of ['first', 'second', 'third']) {
      await cache.put({ ...action, result: resultOf(name) })
      if (name === 'second') await cache.flush()
    }
    t.deepEqual(await cache.result(action.actionKey), resultOf('third'))
    await cache.flush()
    t.deepEqual(await cache.result(action.actionKey), resultOf('third'))
    t.is((await all(cache.entries())).length, 1)
  })

  on('read sets come last used first, each once', async (t, rig, cache) => {
    const actions = ['a', 'b', 'c'].map((path) => actionOf('task', readSetOf(path)))
    const order = async () => (await cache.readSets(sha256Hex('task'))).map(({ paths }) => paths[0]).join('')
    for (const action of actions) await cache.put(action)
    await cache.put(actionOf('task', readSetOf('a'), 'other contents'))
    t.is(await order(), 'acb')
    await cache.result(actions[1]!.actionKey)
    t.is(await order(), 'bac')
    await cache.flush()
    await cache.result(actions[2]!.actionKey)
    await cache.result(actions[0]!.actionKey)
    t.is(await order(), 'acb')
    await cache.close()
    const later = rig.open()
    t.is((await later.readSets(sha256Hex('task'))).map(({ paths }) => paths[0]).join(''), 'acb')
    await later.close()
  })

  on('of one task key the sixteen read sets used last are kept', async (t, _rig, cache) => {
    for (let i = 0; i < 40; i++) await cache.put(actionOf('task', readSetOf(`${i}`)))
    const kept = (await cache.readSets(sha256Hex('task'))).map(({ paths }) => Number(paths[0]))
    t.deepEqual(
      kept,
      Array.from({ length: 16 }, (_, i) => 39 - i),
    )
  })

  on('removed results are gone, and counted once', async (t, _rig, cache) => {
    const actions = ['a', 'b', 'c'].map((task) => actionOf(task))
    for (const action of actions) await cache.put(action)
    const keys = actions.map(({ actionKey }) => actionKey)
    t.is(await cache.remove([keys[0]!, keys[0]!, keys[2]!, sha256Hex('none')]), 2)
    t.is(await cache.result(keys[0]!), null)
    t.deepEqual(await cache.result(keys[1]!), actions[1]!.result)
    t.is((await all(cache.entries())).length, 1)
  })

  on('entries are all results, with their last use', async (t, rig, cache) => {
    const expected = new Map<string, CachedAction & { usedAt: number }>()
    for (let i = 0; i < 700; i++) {
      const action = actionOf(`task ${i}`)
      await cache.put(action)
      expected.set(action.actionKey, { ...action, usedAt: rig.clock.nowMs })
      rig.clock.nowMs += 2 * hourMs
    }
    const used = actionOf('task 5')
    await cache.result(used.actionKey)
    expected.get(used.actionKey)!.usedAt = rig.clock.nowMs
    const entries = await all(cache.entries())
    t.is(entries.length, 700)
    for (const entry of entries) t.deepEqual(entry, expected.get(entry.actionKey))
  })

  on('entries may be removed while they are listed', async (t, _rig, cache) => {
    for (let i = 0; i < 600; i++) await cache.put(actionOf(`task ${i}`))
    let seen = 0
    for await (const { actionKey } of cache.entries()) {
      t.is(await cache.remove([actionKey]), 1)
      if (++seen === 500) break
    }
    t.is((await all(cache.entries())).length, 100)
  })

  on('counters add up, over openers', async (t, rig, cache) => {
    const other = rig.open()
    await cache.count({ hit: 2, 'miss: no entry': 1 })
    await other.count({ hit: 3 })
    await other.flush()
    await cache.count({ hit: 1, none: 0 })
    t.deepEqual((await cache.counts()).counters, { hit: 6, 'miss: no entry': 1, none: 0 })
    await other.close()
  })

  on('what was not used since then goes, with read sets that lead nowhere', async (t, rig, cache) => {
    const old = Array.from({ length: 1500 }, (_, i) => actionOf(`task ${i}`, readSetOf('a', `old ${i}`)))
    for (const action of old) await cache.put(action)
    rig.clock.nowMs += 2 * hourMs
    const recent = [actionOf('task 0', readSetOf('a', 'recent')), actionOf('recent', readSetOf('a', 'old 3'))]
    for (const action of recent) await cache.put(action)
    await cache.result(old[1]!.actionKey)
    t.is(await cache.removeUnused(rig.clock.nowMs), 1499)
    t.deepEqual(await cache.readSets(sha256Hex('task 0')), [recent[0]!.readSet])
    t.deepEqual(await cache.readSets(sha256Hex('task 1')), [old[1]!.readSet])
    t.deepEqual(await cache.readSets(sha256Hex('task 2')), [])
    t.deepEqual(await cache.readSets(sha256Hex('recent')), [recent[1]!.readSet])
    for (const { actionKey, result } of [...recent, old[1]!]) t.deepEqual(await cache.result(actionKey), result)
    for (const action of old) await cache.put(action)
    t.deepEqual(await cache.readSets(sha256Hex('task 2')), [old[2]!.readSet])
    t.is((await all(cache.entries())).length, 1502)
  })

  on('two openers see what the other one has stored for good', async (t, rig, cache) => {
    const other = rig.open()
    for (let i = 0; i < 20; i++) {
      const [from, to] = i % 2 === 0 ? [cache, other] : [other, cache]
      const action = actionOf(`task ${i}`, readSetOf('shared', `${i}`, `${i + 1}`))
      await from.put(action)
      await from.flush()
      t.deepEqual(await to.result(action.actionKey), action.result)
      t.deepEqual(await to.readSets(action.taskKey), [action.readSet])
    }
    await other.close()
  })

  on('closing twice does nothing', async (t, _rig, cache) => {
    await cache.close()
    await t.notThrowsAsync(cache.close())
  })
}
