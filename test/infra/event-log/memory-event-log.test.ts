import { MemoryEventLog } from '../../../infra/event-log/memory-event-log.ts'
import { eventLogConformance } from '../../conformance/event-log.ts'

eventLogConformance('memory', () => {
  const log = new MemoryEventLog()
  return { open: () => log }
})
