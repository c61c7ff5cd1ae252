import { join } from 'node:path'
import { openSqliteActionCache } from '../../../infra/action-cache/sqlite-action-cache.ts'
import { actionCacheConformance } from '../../conformance/action-cache.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

actionCacheConformance('SQLite', (t) => {
  const directory = join(temporaryDirectory(t), 'cache')
  const clock = { nowMs: 1_700_000_000_000 }
  const onTrouble = (line: string) => t.fail(line)
  return { open: () => openSqliteActionCache({ directory, now: () => clock.nowMs, onTrouble }), clock }
})
