import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { DropIn, launcher } from './drop-in.ts'

test('on a Node that is too old, a checkout hands over to its own Node, which starts the drop-in again', (t) => {
  const top = mkdtempSync(join(tmpdir(), 'millrace-launcher-'))
  t.teardown(() => rmSync(top, { recursive: true }))
  const own = join(top, 'services/cli/millrace-ninja.cjs')
  for (const name of ['millrace.cjs', 'millrace-ninja.cjs'])
    cpSync(join(dirname(launcher), name), join(top, 'services/cli', name))
  writeFileSync(join(top, 'old.cjs'), "Object.defineProperty(process, 'versions', { value: { node: '20.9.0' } })\n")
  const run = () =>
    spawnSync(process.execPath, ['--require', join(top, 'old.cjs'), own, '-t', 'a b'], { encoding: 'utf8' })
  const alone = run()
  t.is(alone.status, 2)
  t.regex(alone.stderr, /^millrace-ninja needs Node 24 or newer; this is v[\d.]+\. Install it and try again\.\n$/)

  const node = join(top, 'node_modules/node/bin/node')
  mkdirSync(dirname(node), { recursive: true })
  writeFileSync(node, '#!/bin/sh\necho "$@"; exit 7\n')
  chmodSync(node, 0o755)
  const handed = run()
  t.is(handed.status, 7)
  t.is(handed.stdout, `--max-semi-space-size=16 ${own} -t a b\n`)
})

test('it may go by another name, as npm and users link it', (t) => {
  const tree = new DropIn(t, { 'build.ninja': '' })
  symlinkSync(launcher, tree.path('ninja'))
  t.is(tree.mustRun(t, process.execPath, [tree.path('ninja'), '-t', 'targets']), '')
})
