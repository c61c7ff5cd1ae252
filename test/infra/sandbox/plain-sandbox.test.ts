import { existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { plainSandbox } from '../../../infra/sandbox/plain-sandbox.ts'
import { SandboxError } from '../../../infra/sandbox/sandbox.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'
import { putFile, sandboxBench } from './sandbox-bench.ts'

test('a command finds its inputs at their paths by links, which go when it ends', async (t) => {
  const client = temporaryDirectory(t)
  const stages = temporaryDirectory(t)
  const { run } = sandboxBench(t, plainSandbox({ stages }))
  const stage = join(stages, '1')
  const root = join(client, 'home/src')
  putFile(stage, `${root}/a.txt`, 'source\n')
  const order = {
    command: { shell: `cat ${root}/a.txt; pwd; echo x > out` },
    cwd: root,
    stage,
    roots: [root],
    writable: [],
  }
  t.is((await run(order)).text, `source\n${root}\n`)
  t.is(readFileSync(`${stage}${root}/out`, 'utf8'), 'x\n')
  t.false(existsSync(join(client, 'home')))
})

test('a root that is on the host, or that another command uses, is refused; a link of before a crash is not', async (t) => {
  const client = temporaryDirectory(t)
  const stages = temporaryDirectory(t)
  const sandbox = plainSandbox({ stages })
  const stage = join(stages, '1')
  const roots = [join(client, 'one'), join(client, 'two')]
  for (const root of roots) mkdirSync(stage + root, { recursive: true })
  const order = { command: { shell: ':' }, cwd: roots[0]!, stage, roots, writable: [] }
  const refused = { instanceOf: SandboxError, message: /^sandbox: [^\n]+; [^\n]+$/ }

  writeFileSync(roots[1]!, 'mine')
  t.throws(() => sandbox.wrap(order), refused)
  t.false(existsSync(roots[0]!))
  t.is(readFileSync(roots[1]!, 'utf8'), 'mine')

  const one = { ...order, roots: [roots[0]!] }
  symlinkSync(join(client, 'elsewhere'), roots[0]!)
  t.throws(() => sandbox.wrap(one), refused)
  t.is(readlinkSync(roots[0]!), join(client, 'elsewhere'))

  const left = plainSandbox({ stages: client })
  const { end, writable } = left.wrap(one)
  t.deepEqual(writable, [roots[0]!.slice(1)])
  t.throws(() => left.wrap(one), refused)
  await end(false)
  await left.wrap(one).end(false)
  t.false(existsSync(roots[0]!))
})

test('it says that it protects from next to nothing', (t) => {
  const { protects, doesNotProtect } = plainSandbox({ stages: '/none' })
  t.is(protects.length, 1)
  t.true(doesNotProtect.some((line) => line.includes('network')))
})
