import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { probeBubblewrap } from '../../../infra/sandbox/probe-bubblewrap.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

requireTool('bwrap')

test('bubblewrap works here', async (t) => {
  t.like(await probeBubblewrap(), { kind: 'works' })
})

test('what is missing is told in one line, with its mend', async (t) => {
  t.deepEqual(await probeBubblewrap({ program: '/none/bwrap' }), {
    kind: 'unusable',
    why: 'bwrap is not installed; install it, e.g. with: apt-get install bubblewrap',
  })
  const program = join(temporaryDirectory(t), 'bwrap')
  writeFileSync(
    program,
    '#!/bin/sh\necho "bwrap: No permissions to create a new namespace" >&2\necho more >&2\nexit 1\n',
  )
  const forbidden = await probeBubblewrap({ program })
  t.regex(forbidden.kind === 'unusable' ? forbidden.why : '', /can't be started \(EACCES\); give [^\n]+$/)
  chmodSync(program, 0o755)
  const odd = await probeBubblewrap({ program })
  t.regex(odd.kind === 'unusable' ? odd.why : '', /^[^\n]+ (?:here|namespaces)[^\n]*; [^\n]+$/)
  t.like(await probeBubblewrap({ hostDirectories: ['/etc'] }), { kind: 'unusable' })
})

test('it works for a user without privileges, whose commands can not write inputs either', (t) => {
  const directory = temporaryDirectory(t)
  chmodSync(directory, 0o755)
  if (process.getuid!() === 0) chownSync(directory, 65534, 65534)
  const script = `
    const isRoot = process.getuid() === 0
    const { probeBubblewrap } = await import('../../../infra/sandbox/probe-bubblewrap.ts')
    const { bubblewrapSandbox } = await import('../../../infra/sandbox/bubblewrap-sandbox.ts')
    const { mkdirSync, readFileSync, writeFileSync } = await import('node:fs')
    const { spawn, spawnSync } = await import('node:child_process')
    if (isRoot) { process.setgroups([]); process.setgid(65534); process.setuid(65534) }
    const stage = ${JSON.stringify(directory)} + '/stage'
    mkdirSync(stage + '/src/build', { recursive: true })
    writeFileSync(stage + '/src/build/in', 'in', { mode: 0o444 })
    const probe = await probeBubblewrap()
    if (probe.kind === 'unusable') throw new Error(probe.why)
    const sandbox = bubblewrapSandbox(probe.options)
    const wrap = (shell) =>
      sandbox.wrap({ command: { shell }, cwd: '/src/build', stage, roots: ['/src'], writable: ['/src/build'] })
    const { command: { argv: [program, ...args] } } = wrap('id -u; echo x > out; echo x >> in; ls -A /root /home; true')
    const { stdout } = spawnSync(program, args, { cwd: '/', encoding: 'utf8' })
    const { command: { argv: [, ...sleep] }, end } = wrap('setsid -f sleep 60; sleep 60')
    const child = spawn(program, sleep, { cwd: '/', stdio: 'ignore' })
    const exited = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGKILL')
    await exited
    await end(true)
    const files = [readFileSync(stage + '/src/build/in', 'utf8'), readFileSync(stage + '/src/build/out', 'utf8')]
    process.stdout.write(JSON.stringify({ stdout, files }))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  const uid = process.getuid!() === 0 ? 65534 : process.getuid!()
  t.is(stdout, JSON.stringify({ stdout: `${uid}\n`, files: ['in', 'x\n'] }), stderr)
})
