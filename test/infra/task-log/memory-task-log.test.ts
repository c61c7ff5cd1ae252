import { MemoryTaskLog } from '../../../infra/task-log/memory-task-log.ts'
import { taskLogConformance, testedLimits } from '../../conformance/task-log.ts'

taskLogConformance('memory', async () => {
  const log = new MemoryTaskLog(testedLimits)
  return { worker: log, viewer: log }
})
