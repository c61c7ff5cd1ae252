import type { BuildEvent } from '../events/build-events.ts'
import type { FileNumber, TaskNumber } from './graph/build-graph.ts'

/**
 * What the world is to do because of an event, as data. `record`, `look-up-task`, `plan-build` and `load-dyndep` lead to
 * further events, and change nothing but that a look-up may put a cached result's files in their places; `dispatch-task`,
 * `withdraw-tasks`, `stop-tasks` and `keep-result` change the world, and are carried out only after the commit that caused
 * them is stored. Each may be carried out again after a crash without harm.
 */
export type Effect =
  /** Read the graph, compare it with what is on disk, and record `build-planned`. */
  | { readonly type: 'plan-build' }
  /** Compare the task with its last result, then ask the cache; record `task-up-to-date`, `task-cached` or `task-queued`. */
  | { readonly type: 'look-up-task'; readonly task: TaskNumber }
  /** Read a dyndep file that has just been made, and record `dyndep-loaded`. */
  | { readonly type: 'load-dyndep'; readonly file: FileNumber }
  /** Hand an attempt to the workers, after `delayMs`. */
  | { readonly type: 'dispatch-task'; readonly task: TaskNumber; readonly attempt: number; readonly delayMs: number }
  /** Drop the build's dispatched attempts that no worker has begun. */
  | { readonly type: 'withdraw-tasks' }
  /** Give a result that is stored in the log to the action cache. */
  | { readonly type: 'keep-result'; readonly action: string }
  /** Kill every attempt of this build. */
  | { readonly type: 'stop-tasks' }
  /** Record this event in the same commit. */
  | { readonly type: 'record'; readonly event: BuildEvent }
