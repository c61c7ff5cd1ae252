import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { eventLogConformance } from '../../conformance/event-log.ts'
import { temporaryDirectory } from './temporary-directory.ts'

eventLogConformance('SQLite', (t) => {
  const directory = temporaryDirectory(t)
  return { open: () => openSqliteEventLog({ directory }) }
})
