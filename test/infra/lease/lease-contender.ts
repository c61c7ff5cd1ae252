import { leaseProcess } from '../../../infra/lease/lease-process.ts'
import { openSqliteLeaseStore } from '../../../infra/lease/sqlite-lease-store.ts'

/* A process that tries to acquire a lease when told to, and reports what came of it: `lease-contender.ts <directory>`. */
let leases: ReturnType<typeof openSqliteLeaseStore> | undefined

process.on('message', async () => {
  leases ??= openSqliteLeaseStore({ directory: process.argv[2]! })
  const { state } = await leases.acquire('tree', { process: leaseProcess(process.pid)!, note: {} })
  process.send!(state)
})
process.send!('started')
