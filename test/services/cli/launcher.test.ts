import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'

const launcher = join(import.meta.dirname, '../../../services/cli/millrace.cjs')

/** A folder laid out as the package or a checkout is, with the launcher; `own` is the shell script in place of its Node. */
function launch(t: ExecutionContext, own?: string): (...args: string[]) => [string, string[]] {
  const top = mkdtempSync(join(tmpdir(), 'millrace-launcher-'))
  t.teardown(() => rmSync(top, { recursive: true }))
  cpSync(launcher, join(top, 'services/cli/millrace.cjs'))
  if (own !== undefined) {
    const node = join(top, 'node_modules/node/bin/node')
    mkdirSync(dirname(node), { recursive: true })
    writeFileSync(node, `#!/bin/sh\n${own}\n`)
    chmodSync(node, 0o755)
  }
  writeFileSync(join(top, 'old.cjs'), "Object.defineProperty(process, 'versions', { value: { node: '20.9.0' } })\n")
  const argv = ['--require', join(top, 'old.cjs'), join(top, 'services/cli/millrace.cjs')]
  return (...args) => [process.execPath, [...argv, ...args]]
}

test('on a Node that is too old, a package says in one line which is needed and exits with 2', (t) => {
  const { status, stdout, stderr } = spawnSync(...launch(t)('--version'), { encoding: 'utf8' })
  t.is(status, 2)
  t.is(stdout, '')
  t.regex(stderr, /^millrace needs Node 24 or newer; this is v[\d.]+\. Install it and try again\.\n$/)
})

test('on a Node that is too old, a checkout hands its arguments to its own Node and ends as that does', (t) => {
  const { status, stdout } = spawnSync(...launch(t, 'shift 2; echo "$@"; exit 7')('build', 'a b'), { encoding: 'utf8' })
  t.is(status, 7)
  t.is(stdout, 'build a b\n')
})

test('the own Node gets the signals that ask for an end, and its end by a signal is ours', async (t) => {
  const own = "trap 'echo asked; kill $!; kill -9 $$' TERM; sleep 60 & echo ready; wait"
  const child = spawn(...launch(t, own)(), { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
    if (output === 'ready\n') child.kill('SIGTERM')
  })
  const [code, signal] = await ended
  t.is(output, 'ready\nasked\n')
  t.is(code, null)
  t.is(signal, 'SIGKILL')
})

test('an own Node that does not run is named, with a mend', (t) => {
  const run = launch(t, '')
  const [command, args] = run()
  chmodSync(join(dirname(args[1]!), 'node_modules/node/bin/node'), 0o644)
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  t.is(status, 2)
  t.regex(stderr, /^millrace: .*node does not run \(EACCES\)\. Run npm ci again\.\n$/)
})
