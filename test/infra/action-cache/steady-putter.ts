import { writeSync } from 'node:fs'
import { openSqliteActionCache } from '../../../infra/action-cache/sqlite-action-cache.ts'
import { actionOf } from './sample-actions.ts'

/*
 * A process that is meant to be killed: `steady-putter.ts <directory>`. Puts actions without end, and prints how many were
 * stored for good.
 */
const cache = openSqliteActionCache({ directory: process.argv[2]! })
for (let i = 1; ; i++) {
  await cache.put(actionOf(`task ${i}`))
  if (i % 20 !== 0) continue
  await cache.flush()
  writeSync(1, `${i}\n`)
}
