import type { LeaseProcess } from '../../../infra/lease/lease-store.ts'
import { MemoryLeaseStore } from '../../../infra/lease/memory-lease-store.ts'
import { abandonInItsName, leaseStoreConformance } from '../../conformance/lease-store.ts'

leaseStoreConformance('memory', () => {
  const named = (pid: number): LeaseProcess => ({ host: 'here', pid, startTicks: 1 })
  const ended = named(3)
  const leases = new MemoryLeaseStore((process) => process.host !== 'here' || process.pid !== ended.pid)
  return { open: () => leases, running: [named(1), named(2)], ended, abandon: abandonInItsName }
})
