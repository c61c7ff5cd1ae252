import { isDeepStrictEqual } from 'node:util'
import { openSqliteActionCache } from '../../../infra/action-cache/sqlite-action-cache.ts'
import { actionOf, readSetOf } from './sample-actions.ts'

/*
 * A process of many that use a cache at once: `action-contender.ts <directory> <rounds>`. Keeps, looks up and removes, and
 * reports what was wrong.
 */
const [directory, rounds] = process.argv.slice(2)
const troubles: string[] = []
process.send!('started')
process.once('message', async () => {
  const cache = openSqliteActionCache({ directory: directory!, onTrouble: (line) => troubles.push(line) })
  for (let round = 0; round < Number(rounds); round++) {
    for (let i = 0; i < 200; i++) {
      const readSet = readSetOf(`$src/${i % 20}.hpp`, `$src/${process.pid}.hpp`, `$src/${i}-${round}.hpp`)
      const action = actionOf(`task ${i}`, readSet)
      await cache.put(action)
      await cache.count({ kept: 1 })
      if (i % 50 === 49) await cache.flush()
      const result = await cache.result(action.actionKey)
      if (result !== null && !isDeepStrictEqual(result, action.result)) troubles.push(`${i}: another result`)
      for (const { paths } of await cache.readSets(action.taskKey))
        if (paths.length !== 3 || paths[0] !== `$src/${i % 20}.hpp`) troubles.push(`${i}: another read set`)
      if (i % 9 === round) await cache.remove([action.actionKey])
    }
    await cache.removeUnused(Date.now() - 100)
  }
  await cache.close()
  process.send!(troubles, () => process.disconnect())
})
