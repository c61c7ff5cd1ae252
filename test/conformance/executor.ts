import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Executor, ExecutorError } from '../../infra/executor/executor.ts'
import { until } from '../rig/until.ts'

import { type Define, definer, type ExecutorSettings, text } from './executor-bench.ts'
import { testKilling, testSharing } from './executor-killing.ts'
import { testSurroundings } from './executor-surroundings.ts'

/** What every executor does, run on real processes. */
export function testExecutor(name: string, create: (settings: ExecutorSettings) => Executor): void {
  const scenario = definer(name, create)
  testEnds(scenario)
  testOutput(scenario)
  testSurroundings(scenario)
  testKilling(scenario)
  testSharing(scenario)
}

function testEnds(scenario: Define): void {
  scenario('reports the exit code of a shell line and of a program', async (t, { sh, argv }) => {
    for (const [line, code] of [
      ['true', 0],
      ['false', 1],
      ['exit 3', 3],
      ['cd /; exit 200', 200],
      ['', 0],
    ] as const) {
      t.like(await sh(line), { end: 'exited', exitCode: code, outputBytesDropped: 0 }, line)
    }
    t.like(await argv(['true']), { end: 'exited', exitCode: 0 })
    t.like(await argv(['sh', '-c', 'exit 9']), { end: 'exited', exitCode: 9 })
  })

  scenario('reports a signal as 128 and its number', async (t, { sh, argv }) => {
    t.like(await sh('kill -SEGV $$'), { end: 'signalled', exitCode: 139 })
    t.like(await argv(['sh', '-c', 'kill -KILL $$']), { end: 'signalled', exitCode: 137 })
  })

  scenario('reports a program that does not exist as 127, with a message', async (t, { sh, argv }) => {
    for (const outcome of [await sh('no-such-program a'), await argv(['/no/such program']), await sh('no-such >&2;')]) {
      t.is(outcome.exitCode, 127)
      t.regex(text(outcome), /no.such/)
    }
  })

  scenario('outlives lines that are no shell', async (t, { sh }) => {
    for (const line of ['if', ')', '"', "'", 'a &&', '&& a', 'case', '`', '${', 'a\\', '<<', 'cp a b &&\\']) {
      t.not((await sh(line)).exitCode, 0, line)
      t.is(text(await sh('echo fine')), 'fine\n', line)
    }
  })

  scenario('outlives commands that kill their parent or their group', async (t, { sh }) => {
    t.like(await sh('kill -9 $PPID; sleep 20'), { end: 'signalled', exitCode: 137 })
    t.like(await sh('kill -TERM 0; sleep 20'), { end: 'signalled', exitCode: 143 })
    t.is(text(await sh('echo fine')), 'fine\n')
  })

  scenario('refuses NUL characters, relative folders and empty argument vectors', async (t, { sh, argv }) => {
    await t.throwsAsync(sh('echo a\0b'), { instanceOf: ExecutorError, message: /NUL/ })
    await t.throwsAsync(argv(['a\0']), { instanceOf: ExecutorError, message: /NUL/ })
    await t.throwsAsync(sh('env', { env: { A: '\0' } }), { instanceOf: ExecutorError, message: /NUL/ })
    await t.throwsAsync(argv([]), { instanceOf: ExecutorError, message: /no words/ })
    await t.throwsAsync(sh('ls', { cwd: 'relative' }), { instanceOf: ExecutorError, message: /absolute/ })
    await t.throwsAsync(sh('ls', { cwd: '/\0' }), { instanceOf: ExecutorError, message: /absolute/ })
    t.is((await sh('true')).exitCode, 0)
  })

  scenario('runs lines longer than a pipe holds', async (t, { sh }) => {
    const words = 'word '.repeat(60_000)
    t.is(text(await sh(`/bin/echo ${words}`)), `${words.trim()}\n`)
    t.like(await sh(`: $ ${words}`), { exitCode: 126 }, 'one argument of more than 128 KiB is refused by Linux')
    t.is(text(await sh('echo fine')), 'fine\n')
  })
}

function testOutput(scenario: Define): void {
  scenario('returns stdout and stderr as one stream in the order written', async (t, { sh }) => {
    t.is(text(await sh('echo 1; echo 2 >&2; printf 3; echo 4 >/dev/stderr; printf 5')), '1\n2\n34\n5')
  })

  scenario('returns any bytes exactly, with and without a newline at the end', async (t, { folder, argv }) => {
    const hex = randomBytes(16).toString('hex')
    const cases = [
      '',
      '\n',
      'a',
      '\0',
      `${hex}:0\n`,
      `${hex}:0\n${hex}`,
      'sh:0',
      randomBytes(200_000),
      '\x81\x88\xff\n',
    ]
    for (const [index, content] of cases.entries()) {
      const bytes = Buffer.from(content as string, 'latin1')
      writeFileSync(join(folder, 'file'), bytes)
      const { output } = await argv(['cat', 'file'])
      t.true(bytes.equals(output), `case ${index}`)
    }
  })

  scenario('passes on output while the command runs', async (t, { sh, folder }) => {
    const pieces: Uint8Array[] = []
    const running = sh('echo one; until [ -e go ]; do sleep 0.01; done; echo two', {
      onOutput: (piece) => pieces.push(piece),
    })
    await until('the first line is seen', () => Buffer.concat(pieces).toString() === 'one\n')
    writeFileSync(join(folder, 'go'), '')
    t.is(text(await running), 'one\ntwo\n')
    t.is(Buffer.concat(pieces).toString(), 'one\ntwo\n')
  })

  scenario(
    'keeps the beginning and the end of too much output, and counts the rest',
    async (t, { sh }) => {
      const outcome = await sh('echo first; head -c 10000000 /dev/zero; echo last')
      t.is(outcome.output.length, 1001)
      t.is(outcome.outputBytesDropped, 10_000_011 - 1001)
      t.is(text(outcome).slice(0, 6), 'first\n')
      t.is(text(outcome).slice(-6), '\0last\n')
    },
    { outputBytesMax: 1001 },
  )

  scenario('does not wait for background processes that keep the output open', async (t, { sh }) => {
    const outcome = await sh('sleep 30 & echo done')
    t.is(text(outcome), 'done\n')
    t.true(outcome.runMs < 10_000)
  })

  scenario('does not mind a command that closes its output', async (t, { sh }) => {
    t.is((await sh('exec >&- 2>&-; exit 4')).exitCode, 4)
    t.is(text(await sh('echo fine')), 'fine\n')
  })
}
