import type { BuildEvent } from '../../../events/build-events.ts'
import type { FileVersion } from '../../../events/digest.ts'
import type { BuildState } from '../../../machines/build-state.ts'
import { entriesOf } from '../output-forms.ts'
import type { StagedTree } from './staged-tree.ts'

/** Takes note of what an event says that a task has made. The state is that after the event. */
export function noteMade(event: BuildEvent, state: BuildState, tree: StagedTree): void {
  if (event.type !== 'task-succeeded' && event.type !== 'task-cached') return
  const versions = event.outputs.map((number): FileVersion => state.fileVersions[number]!)
  for (const entry of entriesOf(versions, event.forms)) tree.make(entry)
}
