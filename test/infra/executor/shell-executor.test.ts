import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import { testExecutor } from '../../conformance/executor.ts'

testExecutor('shell executor', createShellExecutor)
