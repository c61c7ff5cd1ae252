import { LogDamage } from '../../events/log-damage.ts'
import { NewerFormat } from '../../events/newer-format.ts'
import { ActionCacheError } from '../../infra/action-cache/action-cache.ts'
import { BlobStoreError } from '../../infra/blob-store/blob-store.ts'
import { AttachmentDamage, EventLogError } from '../../infra/event-log/event-log.ts'
import { ExecutorError } from '../../infra/executor/executor.ts'
import { InputTreeError } from '../../infra/input-tree/input-tree-error.ts'
import { StageError } from '../../infra/input-tree/stage.ts'
import { LeaseStoreError } from '../../infra/lease/lease-store-error.ts'
import { RequestDeskError } from '../../infra/request-desk/request-desk.ts'
import { SandboxError } from '../../infra/sandbox/sandbox.ts'
import { SourceTreeError } from '../../infra/source-tree/source-tree.ts'
import { TaskQueueError } from '../../infra/task-queue/task-queue.ts'
import { CoordinatorFenced } from '../coordinator/build-coordinator.ts'
import { Interrupted } from '../interrupted.ts'
import { UserError } from '../user-error.ts'

const expected = [
  UserError,
  Interrupted,
  LogDamage,
  NewerFormat,
  AttachmentDamage,
  EventLogError,
  ExecutorError,
  LeaseStoreError,
  BlobStoreError,
  ActionCacheError,
  SourceTreeError,
  InputTreeError,
  StageError,
  SandboxError,
  RequestDeskError,
  TaskQueueError,
  CoordinatorFenced,
]

/** Their modules load the servers' client libraries, which a command that does without a cluster never needs. */
const serverErrors: ReadonlySet<string> = new Set(['NatsError', 'RedisError'])

/** 2, or 130 when it was the user who ended the command. */
export function exitCodeOf(error: Error): number {
  return error instanceof Interrupted ? 130 : 2
}

/** Trouble with the cache, which a build can do without. */
export function isCacheError(error: unknown): error is BlobStoreError | ActionCacheError {
  return error instanceof BlobStoreError || error instanceof ActionCacheError
}

/** Errors whose message tells the user all there is to know; any other is a defect of Millrace. */
export function isExpectedError(error: unknown): error is Error {
  return expected.some((kind) => error instanceof kind) || (error instanceof Error && serverErrors.has(error.name))
}
