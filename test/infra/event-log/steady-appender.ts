import { writeSync } from 'node:fs'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { buildA, chain } from './sample-commits.ts'

/*
 * A process that is meant to be killed: `steady-appender.ts <directory> <versions>`. Appends commits and prints each
 * version once it is stored.
 */
const [directory, versions] = process.argv.slice(2)
const log = openSqliteEventLog({ directory: directory! })
for (const commit of chain(buildA, Number(versions))) {
  log.append(commit)
  writeSync(1, `${commit.version}\n`)
}
