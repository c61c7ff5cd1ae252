import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'

// `npm run demo`: builds a small C++ program, changes a header, and shows what Millrace made of it. Each command is
// printed as it could be typed in the project's folder.

const top = join(import.meta.dirname, '..', '..')
const env = {
  ...process.env,
  XDG_STATE_HOME: join(top, '.demo', 'state'),
  XDG_CACHE_HOME: join(top, '.demo', 'cache'),
}

/** Says what comes, then runs a line as typed; the demo ends with it when it fails. */
function step(title: string, line: string): void {
  console.log(`\n${styleText('bold', title)}\n${styleText('cyan', `$ ${line}`)}`)
  const { status, error } = spawnSync('/bin/sh', ['-c', line.replace(/^npx millrace\b/, launcher)], {
    cwd: top,
    env,
    stdio: 'inherit',
  })
  if (status === 0) return
  console.error(`\nThe demo stopped here: ${error?.message ?? `exit code ${status}`}.`)
  process.exit(1)
}

// What `npx millrace` runs, without npx's own start.
const launcher = `"${process.execPath}" services/cli/millrace.cjs`

function needsCompiler(): void {
  if (spawnSync('g++', ['--version'], { stdio: 'ignore' }).status === 0) return
  console.error('The demo compiles C++: install g++ (Debian: apt-get install g++) and run it again.')
  process.exit(2)
}

needsCompiler()
rmSync(join(top, '.demo'), { recursive: true, force: true })
mkdirSync(join(top, '.demo'))
step('A program of four C++ sources, and its build graph, millrace.json.', 'cp -r services/demo/program .demo/program')
step(
  'Places for the event log and the cache of this demo.',
  'export XDG_STATE_HOME="$PWD/.demo/state" XDG_CACHE_HOME="$PWD/.demo/cache"',
)
step('Build it.', 'npx millrace build -C .demo/program')
step('Run it.', '.demo/program/out/mill')
step('Build again: the log knows that nothing changed.', 'npx millrace build -C .demo/program')
step(
  'A bigger wheel: one number in wheel.hpp, which two of the sources include.',
  'sed -i s/3.6/4.2/ .demo/program/wheel.hpp',
)
step('Only what read that header is compiled again.', 'npx millrace build -C .demo/program')
step('Run it.', '.demo/program/out/mill | tail -n 1')
step('What happened in that build, from its event log.', 'npx millrace replay last')
step('And why the program was linked again.', 'npx millrace why out/mill')
step(
  'The number as it was: that was built before, and comes from the cache.',
  'sed -i s/4.2/3.6/ .demo/program/wheel.hpp',
)
step('Nothing is compiled.', 'npx millrace build -C .demo/program')
