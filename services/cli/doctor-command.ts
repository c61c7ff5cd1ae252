import { type EventLog, EventLogError } from '../../infra/event-log/event-log.ts'
import type { LeaseStore } from '../../infra/lease/lease-store.ts'
import { LeaseStoreError } from '../../infra/lease/lease-store-error.ts'
import type { LocalCache } from '../embedded/engine.ts'
import { UserError } from '../user-error.ts'
import type { Check } from './doctor/check.ts'
import { checkCache } from './doctor/check-cache.ts'
import { checkEventLog } from './doctor/check-event-log.ts'
import { checkHost } from './doctor/check-host.ts'
import { checkPrograms } from './doctor/check-programs.ts'
import { checkLeases, checkSnapshots, checkStateDirectory } from './doctor/check-state.ts'
import { isCacheError } from './expected-errors.ts'
import type { OutputStream } from './output-stream.ts'
import { PacedOutput } from './paced-output.ts'
import { painter, type Style, wantsColour } from './progress/colour.ts'

export interface DoctorContext {
  readonly stateDirectory: string
  /** Throws `UserError` where there can be none. */
  readonly cacheDirectory: () => string
  readonly openLog: () => Promise<EventLog>
  readonly openLeases: () => Promise<LeaseStore>
  readonly openCache: (onTrouble: (line: string) => void) => Promise<LocalCache>
  readonly env: NodeJS.ProcessEnv
  readonly stdout: OutputStream
}

/** Says what is there and what is missing. Returns the exit code: 0, or 2 when something required is missing. */
export async function doctorCommand(options: { readonly isJson: boolean }, context: DoctorContext): Promise<number> {
  const { stateDirectory, env, stdout } = context
  const programs = checkPrograms(env)
  const checks = [
    ...checkHost(),
    checkStateDirectory(stateDirectory),
    await orTrouble('event log', () => checkEventLog(stateDirectory, context.openLog)),
    await orTrouble('leases', () => checkLeases(stateDirectory, context.openLeases)),
    await orTrouble('snapshots', async () => checkSnapshots(stateDirectory)),
    await orTrouble('cache', async () => checkCache(context.cacheDirectory(), context.openCache)),
    ...(await programs),
  ]
  const out = new PacedOutput(stdout)
  if (options.isJson) for (const { name, ...check } of checks) out.line(JSON.stringify({ name, ...check }))
  else printChecks(checks, out, context)
  await out.flushed()
  return checks.some(({ status }) => status === 'missing') ? 2 : 0
}

/** Trouble that a store tells of, which says how to mend it, or that the system has with a file. */
async function orTrouble(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check()
  } catch (error) {
    const isRequired = error instanceof EventLogError || error instanceof LeaseStoreError
    if (isRequired || isCacheError(error) || error instanceof UserError) {
      const [what, ...mend] = error.message.split('; ')
      const status = isRequired ? 'missing' : 'warn'
      return { name, status, what: what ?? '', ...(mend.length === 0 ? {} : { mend: mend.join('; ') }) }
    }
    if (error instanceof Error && 'syscall' in error) return { name, status: 'warn', what: error.message }
    throw error
  }
}

function printChecks(checks: readonly Check[], out: PacedOutput, { stdout, env }: DoctorContext): void {
  const paint = painter(wantsColour(stdout, env))
  const width = Math.max(...checks.map(({ name }) => name.length))
  for (const { name, status, what, mend } of checks) {
    const text = `${name.padEnd(width)}  ${what}`
    out.line(`${paint(styles[status], status.padEnd(7))}  ${mend === undefined ? text : `${text}  — ${mend}`}`)
  }
}

const styles: Readonly<Record<Check['status'], Style>> = { ok: 'green', warn: 'yellow', missing: ['red', 'bold'] }
