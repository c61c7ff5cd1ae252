import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { until } from '../../rig/until.ts'
import { chain } from './replay-trees.ts'

const launcher = join(import.meta.dirname, '../../../services/cli/millrace.cjs')

/** `replay --step`, then `stty`, on a terminal of their own (script, from util-linux, makes it). */
function startOnTerminal(t: ExecutionContext, rig: MillraceRig) {
  const command = `stty rows 30 cols 100; '${process.execPath}' '${launcher}' replay --step; echo "code $?"; stty -a`
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: rig.directory,
    env: { ...process.env, XDG_STATE_HOME: rig.stateDirectory, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  const shows = (what: string) => until(`the screen shows ${what}`, () => stripVTControlCharacters(text).includes(what))
  return {
    shows,
    /** Sends keys, and waits for what the screen shows then. */
    press: async (keys: string, what: string) => {
      text = ''
      child.stdin.write(keys)
      await shows(what)
    },
    screen: () => text,
    kill: () => child.kill('SIGTERM'),
  }
}

test('stepping goes forward, back, to the ends and to a number, and leaves the terminal as it was', async (t) => {
  requireTool('script')
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const last = JSON.parse(rig.millrace(['replay', '--at', '+1h', '--json']).stdout).version
  const terminal = startOnTerminal(t, rig)
  await terminal.shows(`commit 1 of ${last},`)
  await terminal.shows('build of the default targets')
  await terminal.press('n', `commit 2 of ${last},`)
  await terminal.press('\x1b[C', `commit 3 of ${last},`)
  await terminal.press(' ', `commit 4 of ${last},`)
  await terminal.press('p', `commit 3 of ${last},`)
  await terminal.press('\x1b[D', `commit 2 of ${last},`)
  await terminal.press('G', `commit ${last} of ${last},`)
  t.regex(stripVTControlCharacters(terminal.screen()), /succeeded, \d+ slots: 3 succeeded/)
  await terminal.press('n', `commit ${last} of ${last},`)
  await terminal.press('g', `commit 1 of ${last},`)
  await terminal.press('3', 'go to commit 3 (enter)')
  await terminal.press('\r', `commit 3 of ${last},`)
  await terminal.press('q', 'code 0')
  await terminal.shows(' icanon')
  t.true(terminal.screen().includes('\x1b[?1049l'))
  t.notRegex(terminal.screen(), /-icanon|-echo /)
})

test('an interrupted stepping leaves the terminal as it was', async (t) => {
  requireTool('script')
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const terminal = startOnTerminal(t, rig)
  await terminal.shows('commit 1 of')
  await terminal.press('\x03', 'code 0')
  await terminal.shows(' icanon')
  t.true(terminal.screen().includes('\x1b[?25h'))
})

test('without a terminal stepping is refused in one line', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const { code, stdout, stderr } = rig.millrace(['replay', '--step'])
  t.is(code, 2)
  t.is(stdout, '')
  t.regex(stderr, /^millrace: --step needs a terminal; [^\n]+\n$/)
})
