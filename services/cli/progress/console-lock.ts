import type { BuildEvent } from '../../../events/build-events.ts'
import type { PlanState } from '../../../machines/build-state.ts'

/**
 * Says whose the terminal is: a task of the `console` pool has it from the moment it is queued (it may write as soon as
 * that is committed) to its end, and we must not write meanwhile.
 */
export class ConsoleLock {
  #task: number | undefined

  get isTaken(): boolean {
    return this.#task !== undefined
  }

  /** Follows one event. Returns `taken` or `freed` when the terminal changes hands by it. */
  follow(event: BuildEvent, plan: PlanState | undefined): 'taken' | 'freed' | undefined {
    switch (event.type) {
      case 'task-queued':
        if (plan?.tasks.graph.tasks[event.task]?.pool !== 'console') return undefined
        this.#task = event.task
        return 'taken'
      case 'task-succeeded':
      case 'task-attempt-failed':
        return event.task === this.#task && !isTriedAgain(event.task, plan) ? this.#free() : undefined
      case 'build-resumed':
      case 'build-succeeded':
      case 'build-failed':
        return this.#free()
      default:
        return undefined
    }
  }

  /** The build is over and everything it ran has ended. */
  release(): void {
    this.#task = undefined
  }

  #free(): 'freed' | undefined {
    if (this.#task === undefined) return undefined
    this.#task = undefined
    return 'freed'
  }
}

function isTriedAgain(task: number, plan: PlanState | undefined): boolean {
  return plan?.actors.has(task) === true
}
