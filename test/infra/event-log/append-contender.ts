import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { buildA, chain } from './sample-commits.ts'

/*
 * A process that competes for a build's versions: `append-contender.ts <directory> <versions>`. Opens the log when told
 * to ("open"), appends its own commits for versions 1.. when told to ("append"), and reports each one that it won.
 */
const [directory, versions] = process.argv.slice(2)
let log: ReturnType<typeof openSqliteEventLog> | undefined

process.on('message', async (message) => {
  if (message === 'open') {
    log = openSqliteEventLog({ directory: directory! })
    process.send!('opened')
    return
  }
  const note = `written by ${process.pid} `.repeat(20)
  const won: number[] = []
  for (const commit of chain(buildA, Number(versions), note))
    if (log!.append(commit) === 'appended') won.push(commit.version)
  await log!.close()
  process.send!(won, () => process.disconnect())
})
process.send!('started')
