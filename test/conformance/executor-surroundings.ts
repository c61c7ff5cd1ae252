import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'

import { type Define, env, text } from './executor-bench.ts'

/** What commands see around them, and how their words are understood. */
export function testSurroundings(scenario: Define): void {
  scenario('gives commands /dev/null to read and no further descriptors', async (t, { sh, argv }) => {
    t.is(text(await sh('cat; readlink /proc/self/fd/0')), '/dev/null\n')
    for (const run of [() => argv(['cat']), () => sh('cat'), () => sh('cat; cat')]) t.is(text(await run()), '')
    const list = await argv(['ls', '/proc/self/fd'])
    // The test runner's own parents may have left some above 15, which Node passes on; 3 is the folder that ls reads.
    const descriptors = text(list).trim().split('\n').map(Number)
    t.deepEqual(descriptors.filter((fd) => fd < 16).sort(), [0, 1, 2, 3])
  })

  scenario('runs in the folder of the order, also with a strange name', async (t, { sh, argv, folder }) => {
    const strange = join(folder, `a 'b' "c" $d \\e\n`)
    t.is((await argv(['mkdir', strange])).exitCode, 0)
    for (const cwd of [strange, '/', folder]) {
      t.is(text(await argv(['pwd'], { cwd })), `${cwd}\n`)
      t.is(text(await sh('pwd; printf "%s\\n" "$PWD"', { cwd })), `${cwd}\n${cwd}\n`)
    }
  })

  scenario('reports a folder that does not exist as 127 and does not run the command', async (t, { sh, folder }) => {
    const outcome = await sh(`touch ${folder}/ran`, { cwd: join(folder, 'missing') })
    t.is(outcome.exitCode, 127)
    t.regex(text(outcome), /missing/)
    t.false(existsSync(join(folder, 'ran')))
  })

  scenario('runs in a folder that was made anew under the same name', async (t, { sh, argv, folder }) => {
    const cwd = join(folder, 'again')
    for (const name of ['one', 'two']) {
      rmSync(cwd, { recursive: true, force: true })
      await argv(['mkdir', cwd])
      await sh(`touch ${name}`, { cwd })
      t.true(existsSync(join(cwd, name)))
    }
  })

  scenario("shows commands the base environment, the order's variables, and PWD", async (t, { argv, folder }) => {
    await argv(['true'], { cwd: '/' })
    const more = { A: `x 'y' "z" $w \n`, PATH: `${env.PATH}:/`, 'a.b-c': '1', PPID: '5', UID: '6', IFS: 'x' }
    for (const extra of [{}, { A: more.A, b_2: '' }, more]) {
      const lines = (await argv(['env', '-0'], { env: extra })).output
      const seen = Object.fromEntries(text({ output: lines }).split('\0').slice(0, -1).map(splitOnce))
      const { SHLVL: _, _: __, ...rest } = seen
      t.deepEqual(rest, { ...env, PWD: folder, ...extra })
    }
    t.false(text(await argv(['env'])).includes('A='), "one order's variables are not the next one's")
  })

  scenario('gives the variables to every command of a line', async (t, { sh }) => {
    const line = `sh -c 'echo "$A"' && sh -c 'echo "$A"'`
    t.is(text(await sh(line, { env: { A: '1' } })), '1\n1\n')
    t.is(text(await sh(': && env', { env: { A: '1' } })).includes('A=1\n'), true)
  })

  scenario('passes arguments literally', async (t, { argv }) => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('cd', '$HOME', '*', '~', '', '-e', 'A=b', '\n'),
    )
    const clean = word.map((each) => Buffer.from(each.replaceAll('\0', '')).toString())
    await fc.assert(
      fc.asyncProperty(fc.array(clean, { minLength: 1 }), async (words) => {
        const outcome = await argv(['printf', '%s\\0', ...words])
        t.is(text(outcome), words.map((each) => `${each}\0`).join(''))
      }),
      { numRuns: 150 },
    )
  })

  scenario('runs the programs, not the builtins, that an argument vector names', async (t, { argv }) => {
    t.is((await argv(['exit', '3'])).exitCode, 127)
    t.is((await argv(['test', '1', '=', '1'])).exitCode, 0)
    t.is(text(await argv(['echo', '-n', 'a\\n'])), 'a\\n')
  })

  scenario('understands every line as sh -c does', async (t, { sh, argv, folder }) => {
    writeFileSync(join(folder, 'f1'), '')
    const part = fc.constantFrom(
      ...[
        'a',
        'printf',
        ' ',
        ' ',
        ' && ',
        'true',
        ':',
        '"x y"',
        "'$q'",
        '\\"',
        '-DX=\\"y\\"',
        '$',
        '*',
        '~',
        '#',
        '"',
        "'",
      ],
      ...['\\', ';', '\n', '\t', '(', ')', '<', ' >f1 ', '=', 'A=b', 'exit', 'cd .', '{', '}', 'f1', 'é', '%s', '!'],
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const line = `printf %s_ ${parts.join('')}`.replaceAll('$$', '$')
        const [ours, plain] = [await sh(line), await argv(['/bin/sh', '-c', line])]
        t.deepEqual([ours.exitCode, shellMessage(text(ours))], [plain.exitCode, shellMessage(text(plain))], line)
      }),
      { numRuns: 300 },
    )
  })

  scenario(
    'is not changed by the builtins that commands use',
    async (t, { sh, folder }) => {
      for (const line of [
        'cd /',
        'cd / && ls',
        'A=1',
        'export A=1',
        'umask 0',
        'alias ls=false',
        'set -e',
        'trap : 0',
      ]) {
        await sh(line)
      }
      for (const line of ['exec true', 'exit 1', 'ulimit -n 5', 'exec >&-', 'ls() { exit 5; }', '. ./no', 'hash x']) {
        await sh(line)
      }
      t.is(text(await sh('ls; pwd; umask; echo "$A"; ulimit -n')).replace(/\n\d+\n$/, ''), `${folder}\n0022\n`)
    },
    { slots: 1 },
  )
}

/** Without what shells put before their messages: their name and the line's number. */
function shellMessage(output: string): string {
  return output.replaceAll(/^(?:\/bin\/)?sh: (?:line )?\d+: /gm, '').replaceAll(/^(?:\/bin\/)?sh: -c: /gm, '')
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=')
  return [entry.slice(0, at), entry.slice(at + 1)]
}
