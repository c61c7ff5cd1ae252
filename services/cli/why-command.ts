import type { EventLog } from '../../infra/event-log/event-log.ts'
import { BuildHistory } from './history/build-history.ts'
import type { OutputStream } from './output-stream.ts'
import { PacedOutput } from './paced-output.ts'
import { painter, wantsColour } from './progress/colour.ts'
import { explainTask } from './why/explain-task.ts'
import { findWanted, type WantedSearch } from './why/find-wanted.ts'
import { whyText } from './why/why-text.ts'

export interface WhyOptions extends WantedSearch {
  readonly isJson: boolean
}

export interface WhyContext {
  readonly log: EventLog
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** `TERM`, `NO_COLOR` and `FORCE_COLOR` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** ms since 1970. */
  readonly now: number
}

/** Tells why a task ran, was taken from the cache or was left alone. Throws `UserError`, and `LogDamage` as `replay` does. */
export async function whyCommand(options: WhyOptions, { log, stdout, stderr, env, now }: WhyContext): Promise<void> {
  const history = new BuildHistory(log, (line) => stderr.write(`${line}\n`))
  const answer = await explainTask(history, await findWanted(log, history, options))
  const out = new PacedOutput(stdout)
  if (options.isJson) out.line(JSON.stringify(answer))
  else for (const line of whyText(answer, now, painter(wantsColour(stdout, env)))) out.line(line)
  await out.flushed()
}
