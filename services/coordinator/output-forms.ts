import type { OutputEntry } from '../../events/action-result.ts'
import type { OutputForms, TaskSucceeded } from '../../events/task-events.ts'

/**
 * What staging a task's outputs needs beyond their contents, as its event records it.
 *
 * @param paths of the event's outputs, where the entries leave some of them out
 */
export function outputForms(
  entries: readonly OutputEntry[],
  paths: readonly string[] = entries.map(({ path }) => path),
): Pick<TaskSucceeded, 'forms'> {
  const executables: number[] = []
  const links: [number, string][] = []
  for (const entry of entries) {
    const output = paths.indexOf(entry.path)
    if ('target' in entry) links.push([output, entry.target])
    else if (entry.isExecutable) executables.push(output)
  }
  if (executables.length === 0 && links.length === 0) return {}
  return { forms: { ...(executables.length > 0 ? { executables } : {}), ...(links.length > 0 ? { links } : {}) } }
}

/** The entries that an event's outputs stand for. `outputs`: their file versions, those that were not made left out. */
export function entriesOf(
  outputs: readonly (readonly [path: string, digest: string | null])[],
  forms: OutputForms = {},
): readonly OutputEntry[] {
  const targets = new Map(forms.links)
  return outputs.flatMap(([path, digest], output): OutputEntry[] => {
    const target = targets.get(output)
    if (target !== undefined) return [{ path, target }]
    if (digest === null) return []
    return [{ path, digest, ...(forms.executables?.includes(output) ? { isExecutable: true } : {}) }]
  })
}
