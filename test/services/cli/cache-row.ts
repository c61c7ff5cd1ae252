import type { ExecutionContext } from 'ava'
import type { JsonRun } from '../../rig/millrace.ts'
import { CachedProject, projectTasks } from './cached-project.ts'

/** By task: why it had to be made, and then why the cache was no help, or `cached`. Others are up to date. */
export type Made = Readonly<Record<string, string>>

/** One change of a {@link CachedProject} that was built, and what comes of it. */
export interface CacheRow {
  readonly title: string
  readonly change: (project: CachedProject) => void
  readonly made: Made
  /** What is made once everything is as it was before; by default the same tasks, all from the cache. */
  readonly back?: Made
  /** The tasks of the changed project, where they are not the usual ones. */
  readonly tasks?: readonly string[]
  /** Tasks that have to run in another checkout of the changed project, where all others are cached. */
  readonly alone?: readonly string[]
  /** What the changed program prints; by default what it printed before. */
  readonly prints?: string
}

const usuallyPrints = '     16\n'

/** Runs through the row: change, back again, and the changed project in another place. */
export function checkRow(t: ExecutionContext, base: CachedProject, row: CacheRow): void {
  const project = new CachedProject(t, 'project').startFrom(base)
  const first = project.build(t)
  t.deepEqual([first.ran, first.cached.toSorted()], [[], projectTasks.toSorted()], `${row.title}: before`)

  row.change(project)
  checkMade(t, project, row.made, `${row.title}: changed`, row.tasks)
  t.is(project.printed(), row.prints ?? usuallyPrints, row.title)

  project.changeBack()
  const back = row.back ?? Object.fromEntries(Object.keys(row.made).map((id) => [id, cachedFor(row.made[id]!)]))
  checkMade(t, project, back, `${row.title}: back`)
  t.is(project.printed(), usuallyPrints, row.title)

  const other = new CachedProject(t, 'another-place').shareWith(project)
  row.change(other)
  const { ran, cached } = other.build(t)
  const alone = row.alone ?? []
  const shared = (row.tasks ?? projectTasks).filter((id) => !alone.includes(id))
  t.deepEqual([ran.toSorted(), cached.toSorted()], [alone.toSorted(), shared.toSorted()], `${row.title}: elsewhere`)
  t.is(other.printed(), row.prints ?? usuallyPrints, row.title)
}

function cachedFor(made: string): string {
  return made.replace(/, [^,]*$/, ', cached')
}

function checkMade(
  t: ExecutionContext,
  project: CachedProject,
  expected: Made,
  title: string,
  tasks: readonly string[] = projectTasks,
): void {
  const run = project.build(t)
  const made = madeIn(run, project)
  t.deepEqual(made, expected, title)
  const idsOf = (isCached: boolean) => Object.keys(made).filter((id) => made[id]!.endsWith(', cached') === isCached)
  t.deepEqual([run.ran.toSorted(), run.cached.toSorted()], [idsOf(false).sort(), idsOf(true).sort()], title)
  t.like(
    run.events.at(-1),
    {
      total: tasks.length,
      up_to_date: tasks.length - Object.keys(made).length,
      cached: run.cached.length,
      run: run.ran.length,
    },
    title,
  )
  const [id] = Object.keys(expected)
  if (id !== undefined) checkWhy(t, project, { id, verdict: verdictOf(expected[id]!), reason: reasonOf(expected[id]!) })
  const untouched = tasks.find((task) => !(task in expected))
  if (untouched !== undefined) checkWhy(t, project, { id: untouched, verdict: 'up to date', reason: '' })
}

/** What `millrace why` says of a task in the last build. */
interface Why {
  readonly id: string
  readonly verdict: string
  /** As it begins; empty: there is none. */
  readonly reason: string
}

function checkWhy(t: ExecutionContext, { rig }: CachedProject, { id, verdict, reason }: Why): void {
  const { code, stdout, stderr } = rig.millrace(['why', id])
  t.is(code, 0, stderr)
  const told = stdout.replaceAll(`${rig.directory}/`, '')
  t.true(told.includes(`verdict:  ${verdict} in build`), `${id}: ${told}`)
  // A program outside of the project is told by its whole path.
  const [what = '', path] = reason.split(': ')
  const said = told
    .split('\n')
    .find((line) => line.startsWith('reason:'))
    ?.slice('reason:   '.length)
  if (what === '') t.is(said, undefined, told)
  else t.true(said?.startsWith(what) && (path === undefined || said.includes(path)), `${id}, ${reason}: ${told}`)
}

function verdictOf(made: string): string {
  return made.endsWith(', cached') ? 'taken from the cache' : 'ran'
}

/** `input-changed a.h, unknown-task`: `input changed: a.h`. */
function reasonOf(made: string): string {
  const [kind, path] = made.replace(/, [^,]*$/, '').split(' ')
  // It may also be set or gone, new or no longer there.
  const what = /^(?:variable|input)-/.test(kind!) ? kind!.replace(/-.*/, '') : kind!.replaceAll('-', ' ')
  return path === undefined ? what : `${what}: ${path}`
}

function madeIn({ events }: JsonRun, { rig }: CachedProject): Made {
  const made: Record<string, string> = {}
  for (const event of events) {
    if (event.type !== 'task-queued' && event.type !== 'task-cached') continue
    const { kind, path, name, by } = event.reason as { kind: string; path?: string; name?: string; by?: string }
    const parts = [kind, path, name, by].filter((part) => part !== undefined).join(' ')
    // Of a program outside of the project just the name: where it is differs from machine to machine.
    const reason = parts.replaceAll(`${rig.directory}/`, '').replace(/ \/\S*\/(\S+)$/, ' $1')
    const outcome = event.type === 'task-cached' ? 'cached' : (event.miss as { kind: string }).kind
    made[event.id!] = `${reason}, ${outcome}`
  }
  return made
}
