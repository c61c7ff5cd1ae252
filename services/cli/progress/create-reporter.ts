import type { Reporter } from '../../embedded/reporter.ts'
import { isDumb, wantsColour } from './colour.ts'
import { JsonReporter } from './json-reporter.ts'
import { PlainReporter } from './plain-reporter.ts'
import type { ReporterOptions } from './reporter-options.ts'
import { TerminalReporter } from './terminal-reporter.ts'

export interface CreateReporterOptions extends ReporterOptions {
  /** `--json`: events in place of text. */
  readonly json: boolean
  /** `TERM`, `NO_COLOR` and `FORCE_COLOR` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The reporter for where the output goes: JSON when asked for; a terminal that can move its cursor gets the one that
 * rewrites lines, except with `-v` and `--quiet`, where (as in ninja) nothing is rewritten; plain lines for the rest.
 */
export function createReporter(options: CreateReporterOptions): Reporter {
  const { stdout, env, isVerbose, isQuiet, json } = options
  if (json) return new JsonReporter(options)
  const hasColour = wantsColour(stdout, env)
  if (!stdout.isTTY || isDumb(env) || isVerbose || isQuiet) return new PlainReporter({ ...options, hasColour })
  return new TerminalReporter({ ...options, hasColour, repeat: repeatUnreferenced })
}

function repeatUnreferenced(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms)
  timer.unref()
  return () => clearInterval(timer)
}
