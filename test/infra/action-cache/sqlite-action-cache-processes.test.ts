import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { openSqliteActionCache } from '../../../infra/action-cache/sqlite-action-cache.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { actionOf } from './sample-actions.ts'

const script = (name: string) => join(import.meta.dirname, name)

test('many processes open a new cache and keep, look up and remove at once, and none gets another result', async (t) => {
  const directory = temporaryDirectory(t)
  const [processes, rounds] = [5, 4]
  const contenders = Array.from({ length: processes }, () =>
    fork(script('action-contender.ts'), [directory, String(rounds)]),
  )
  t.teardown(() => contenders.map((child) => child.kill('SIGKILL')))
  await Promise.all(contenders.map((child) => once(child, 'message')))
  const reports = contenders.map((child) => Promise.race([once(child, 'message'), once(child, 'exit')]))
  const ends = contenders.map((child) => once(child, 'exit'))
  for (const child of contenders) child.send('go')
  t.deepEqual(
    (await Promise.all(reports)).map(([troubles]) => troubles as unknown),
    contenders.map(() => []),
  )
  await Promise.all(ends)
  const cache = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
  t.is((await cache.counts()).counters.kept, processes * rounds * 200)
  await cache.close()
})

test('what a process stored before it was killed is there, and whole', async (t) => {
  for (const killAfter of [20, 200, 2000]) {
    const directory = temporaryDirectory(t)
    const child = spawn(process.execPath, [script('steady-putter.ts'), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let stored = 0
    for await (const line of createInterface(child.stdout)) {
      stored = Number(line)
      if (stored === killAfter) child.kill('SIGKILL')
    }
    t.true(stored >= killAfter)
    const cache = openSqliteActionCache({ directory, onTrouble: (line) => t.fail(line) })
    for (let i = 1; i <= stored; i++) {
      const { actionKey, taskKey, readSet, result } = actionOf(`task ${i}`)
      t.deepEqual(await cache.result(actionKey), result)
      t.deepEqual(await cache.readSets(taskKey), [readSet])
    }
    await cache.close()
  }
})
