import test from 'ava'
import { wantsColour } from '../../../../services/cli/progress/colour.ts'
import { type CreateReporterOptions, createReporter } from '../../../../services/cli/progress/create-reporter.ts'
import { JsonReporter } from '../../../../services/cli/progress/json-reporter.ts'
import { PlainReporter } from '../../../../services/cli/progress/plain-reporter.ts'
import { TerminalReporter } from '../../../../services/cli/progress/terminal-reporter.ts'
import { MemoryStream } from './memory-stream.ts'

const options = (rest: Partial<CreateReporterOptions> = {}): CreateReporterOptions => ({
  stdout: new MemoryStream(true),
  stderr: new MemoryStream(true),
  readOutput: async () => Buffer.alloc(0),
  now: () => 0,
  isVerbose: false,
  isQuiet: false,
  json: false,
  env: { TERM: 'xterm' },
  ...rest,
})

test('a terminal gets lines that are rewritten', (t) => t.true(createReporter(options()) instanceof TerminalReporter))

test('a pipe, a dumb terminal, -v and --quiet get plain lines', (t) => {
  for (const rest of [
    { stdout: new MemoryStream(false) },
    { env: { TERM: 'dumb' } },
    { isVerbose: true },
    { isQuiet: true },
  ])
    t.true(createReporter(options(rest)) instanceof PlainReporter)
})

test('--json gives JSON everywhere', (t) => t.true(createReporter(options({ json: true })) instanceof JsonReporter))

test('colours: FORCE_COLOR goes before NO_COLOR, and NO_COLOR before the terminal', (t) => {
  t.true(wantsColour({ isTTY: true }, { TERM: 'xterm' }))
  t.false(wantsColour({ isTTY: true }, { TERM: 'dumb' }))
  t.false(wantsColour({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' }))
  t.true(wantsColour({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '' }))
  t.true(wantsColour({}, { FORCE_COLOR: '1', NO_COLOR: '1' }))
  t.false(wantsColour({ isTTY: true }, { TERM: 'xterm', FORCE_COLOR: '0' }))
  t.false(wantsColour({}, { TERM: 'xterm' }))
})
