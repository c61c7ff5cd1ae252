import type { BuildCancelled, BuildEvent } from '../../events/build-events.ts'
import type { BuildId } from '../../events/build-id.ts'
import { type Commit, chainStart, commitFormat, encodeCommit } from '../../events/commit.ts'
import { toRanges } from '../../events/ranges.ts'
import type { TaskReport } from '../../events/task-report.ts'
import type { Clock } from '../../infra/clock/clock.ts'
import type { EventLog } from '../../infra/event-log/event-log.ts'
import type { TaskQueue } from '../../infra/task-queue/task-queue.ts'
import { type BuildState, countOf, phaseOf, taskCounts } from '../../machines/build-state.ts'
import type { Effect } from '../../machines/effects.ts'
import { step, tasksWith } from '../../machines/step.ts'
import { BuildInquiries, type InquiryContext } from './build-inquiries.ts'
import { isLate } from './report-events.ts'
import { taskOrder } from './task-order-of.ts'

/** How long reports may wait for others to share their commit, in ms. */
const groupCommitMs = 8

/** How long one commit may be gathered before others get their turn: what is shown, what workers report. In ms. */
const gatheringMsMax = 50

/** Called with each commit after it was stored and before its effects. */
export type CommitObserver = (commit: Commit, state: BuildState) => void

export interface CoordinatorOptions extends InquiryContext {
  readonly log: EventLog
  readonly queue: TaskQueue
  readonly clock: Clock
  readonly state: BuildState
  /** Counts the coordinators that have owned this build, this one included. */
  readonly epoch: number
  /** The last stored commit's version and hash; absent for a new build. */
  readonly head?: { readonly version: number; readonly hash: string }
  readonly observe: CommitObserver
  /** The workers are not this process's own: they go on when another coordinator has the build. */
  readonly sharesWorkers?: true
  /** Called with each event once it is folded, before what follows from it is looked up. */
  readonly follow?: (event: BuildEvent) => void
}

/** Another coordinator writes this build's log; this one has stopped. */
export class CoordinatorFenced extends Error {
  override readonly name = 'CoordinatorFenced'
}

/**
 * Drives one build: folds events, stores each batch as a commit, and only then carries out what follows from it.
 * Everything that happens reaches it as an event in its inbox.
 */
export class BuildCoordinator {
  readonly #options: CoordinatorOptions
  readonly #state: BuildState
  readonly #inquiries: BuildInquiries
  readonly #done = Promise.withResolvers<void>()
  #inbox: BuildEvent[] = []
  #isDraining = false
  /** The build has ended or this coordinator has failed: nothing more is recorded or begun. */
  #isOver = false
  /** Call off attempts that wait for their time. */
  readonly #delayed = new Set<() => void>()
  #stopWaiting: (() => void) | undefined
  /** Starts and failures among the reports in the inbox. */
  #startedInInbox = 0
  #isUrgent = false
  /** Answers that are being worked out. */
  #later = 0
  #version: number
  #previousHash: string
  #stopReports: () => void = () => {}

  constructor(options: CoordinatorOptions) {
    this.#options = options
    this.#state = options.state
    this.#version = options.head?.version ?? 0
    this.#previousHash = options.head?.hash ?? chainStart
    this.#inquiries = new BuildInquiries(options, options.state)
    // It may be given up before anybody waits for its end.
    this.#done.promise.catch(() => {})
  }

  get buildId(): BuildId {
    return this.#state.buildId
  }

  /** Records the first events and drives the build to its end. Rejects when the log can't be written or is not ours. */
  run(first: readonly BuildEvent[]): Promise<void> {
    this.#stopReports = this.#options.queue.onReport(this.buildId, (report) => this.absorb(report))
    this.record(first)
    return this.#done.promise.finally(this.#stopReports)
  }

  /** As `run`, for a build that another process has driven so far. Its reports are heard once its keys are known again. */
  async goOn(first: readonly BuildEvent[]): Promise<void> {
    await this.#inquiries.recall()
    return this.run(first)
  }

  record(events: readonly BuildEvent[]): void {
    this.#inbox.push(...events)
    this.#drainSoon()
  }

  #drainSoon(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    if (this.#isDraining || this.#isOver) return
    this.#isDraining = true
    setImmediate(() => this.#drainAll())
  }

  /** Commits the cancellation, then has everything killed. Does nothing once the build has ended. */
  cancel(reason: BuildCancelled['reason']): void {
    this.record([{ type: 'build-cancelled', reason, counts: taskCounts(this.#state) }])
  }

  /** Gives the build up without a word in the log: it belongs to another process, or is to. */
  abandon(): void {
    if (this.#isOver) return
    this.#end()
    this.#done.reject(new CoordinatorFenced(`build ${this.buildId} was left to another process`))
  }

  /** Takes a report, as those that come by the queue. */
  absorb(report: TaskReport): void {
    try {
      const events = this.#inquiries.reported(report)
      if (Array.isArray(events)) this.#recordReport(events)
      else this.#whenKnown(events, (later) => this.#recordReport(later))
    } catch (error) {
      // The log has no room for a long output. Not the worker's business.
      this.fail(error)
    }
  }

  /** The events are made right before they join the inbox, so that file versions are recorded as they are numbered. */
  #whenKnown(later: Promise<() => BuildEvent[]>, record: (events: BuildEvent[]) => void): void {
    this.#later++
    later
      .finally(() => this.#later--)
      .then((events) => record(events()))
      .catch((error) => this.fail(error))
  }

  /** Reports that leave the workers with enough to do wait a moment, so that one commit holds many of them. */
  #recordReport(events: readonly BuildEvent[]): void {
    this.#inbox.push(...events)
    for (const event of events)
      if (event.type === 'task-started') this.#startedInInbox++
      else if (event.type === 'task-attempt-failed') this.#isUrgent = true
    const plan = this.#state.plan
    const isAhead = plan !== undefined && countOf(plan, 'queued') - this.#startedInInbox >= plan.slots
    if (this.#isUrgent || !isAhead) this.#drainSoon()
    else this.#stopWaiting ??= this.#options.clock.after(groupCommitMs, () => this.#drainSoon())
  }

  async #drainAll(): Promise<void> {
    try {
      while (this.#inbox.length > 0 && !this.#isOver) {
        await this.#drainOnce()
        if (this.#inbox.length > 0) await nextTurn()
      }
      this.#isDraining = false
      if (!['succeeded', 'failed', 'cancelled'].includes(phaseOf(this.#state))) return
      this.#end()
      this.#done.resolve()
    } catch (error) {
      this.fail(error)
    }
  }

  /** One commit: all that is in the inbox and all that follows from it by reading alone. */
  async #drainOnce(): Promise<void> {
    const events: BuildEvent[] = []
    const commands: Effect[] = []
    const { clock } = this.#options
    const until = clock.now() + gatheringMsMax
    let taken = 0
    while (taken < this.#inbox.length && (events.length === 0 || clock.now() < until)) {
      for (const event of this.#ready(this.#inbox[taken++]!)) {
        events.push(event)
        this.#follow(this.#step(event), events, commands)
      }
    }
    this.#inbox.splice(0, taken)
    this.#startedInInbox = 0
    const hasFailure = this.#isUrgent
    this.#isUrgent = false
    if (events.length > 0) {
      const commit = await this.#store(events)
      if (this.#isOver) return
      this.#options.observe(commit, this.#state)
      for (const command of commands) this.#carryOut(command)
    }
    if (hasFailure) this.#options.queue.goOn(this.buildId)
    if (this.#inbox.length === 0 && this.#later === 0) this.#options.queue.absorbed(this.buildId)
  }

  /** The events as they are to be recorded: none of a late report, and a cancellation with the tasks that it ends. */
  #ready(event: BuildEvent): readonly BuildEvent[] {
    if (isLate(event, this.#state)) return []
    if (event.type !== 'build-cancelled' || this.#state.plan === undefined) return [event]
    const open = tasksWith(this.#state.plan, ['waiting', 'ready', 'looking-up', 'queued', 'running'])
    const counts = taskCounts(this.#state)
    return [
      { type: 'tasks-cancelled', tasks: toRanges(open) },
      { ...event, counts: { ...counts, cancelled: counts.cancelled + open.length } },
    ]
  }

  #step(event: BuildEvent): readonly Effect[] {
    const effects = step(this.#state, event)
    this.#options.follow?.(event)
    return effects
  }

  #follow(effects: readonly Effect[], events: BuildEvent[], commands: Effect[]): void {
    for (const effect of effects)
      switch (effect.type) {
        case 'record':
          events.push(effect.event)
          this.#follow(this.#step(effect.event), events, commands)
          break
        case 'plan-build':
        case 'look-up-task':
        case 'load-dyndep': {
          const found = this.#inquiries.answer(effect)
          if (Array.isArray(found)) this.#inbox.push(...found)
          else this.#whenKnown(found, (later) => this.record(later))
          break
        }
        default:
          commands.push(effect)
      }
  }

  async #store(events: readonly BuildEvent[]): Promise<Commit> {
    const commit: Commit = {
      v: commitFormat,
      buildId: this.buildId,
      version: this.#version + 1,
      epoch: this.#options.epoch,
      prev: this.#previousHash,
      at: this.#options.clock.now(),
      events,
    }
    const stored = encodeCommit(commit)
    const appended = this.#options.log.append(stored)
    const result = typeof appended === 'string' ? appended : await appended
    if (result === 'conflict') throw new CoordinatorFenced(`another process took over build ${this.buildId}`)
    this.#version = commit.version
    this.#previousHash = stored.hash
    return commit
  }

  #carryOut(command: Effect): void {
    const { queue, clock } = this.#options
    if (command.type === 'stop-tasks') {
      this.#settle(queue.stop(this.buildId))
      return
    }
    if (command.type === 'withdraw-tasks') this.#settle(queue.withdraw(this.buildId))
    if (command.type === 'keep-result') this.#settle(this.#inquiries.keep(command.action))
    if (command.type !== 'dispatch-task') return
    if (command.delayMs === 0) this.#publish(command)
    else {
      const callOff = clock.after(command.delayMs, () => {
        this.#delayed.delete(callOff)
        this.#publish(command)
      })
      this.#delayed.add(callOff)
    }
  }

  #publish(command: Extract<Effect, { type: 'dispatch-task' }>): void {
    const actor = this.#state.plan?.actors.get(command.task)?.getSnapshot()
    if (actor?.value !== 'queued' || actor.context.attempt !== command.attempt) return
    const keep = this.#inquiries.keepOrder(command.task)
    const order = taskOrder(this.#state, command, this.#options.clock.now())
    this.#settle(this.#options.queue.publish(keep === undefined ? order : { ...order, keep }))
  }

  #settle(done: void | Promise<void>): void {
    if (done instanceof Promise) done.catch((error) => this.fail(error))
  }

  /** The build can't be driven any further here. */
  fail(error: unknown): void {
    if (this.#isOver) return
    this.#end()
    this.#done.reject(error)
    if (!this.#options.sharesWorkers || !(error instanceof CoordinatorFenced))
      this.#settle(this.#options.queue.stop(this.buildId))
  }

  #end(): void {
    this.#isOver = true
    this.#inbox = []
    this.#stopWaiting?.()
    for (const callOff of this.#delayed) callOff()
    this.#delayed.clear()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
