import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'
import { bubblewrapSandbox } from '../../../infra/sandbox/bubblewrap-sandbox.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { stageBench, treeOf } from '../input-tree/tree-bench.ts'

requireTool('bwrap')

test('commands that run one after the other in a stage meet their own inputs only', async (t) => {
  const { bring, stage, disk, directory, blobs } = stageBench(t)
  const other = disk.openStage(join(directory, 'stages/2'))
  const executor = createShellExecutor({ slots: 1, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } })
  t.teardown(() => executor.close())
  const sandbox = bubblewrapSandbox()
  const sketch = { 'src/a': 'source', 'src/build/in': 'input', 'src/build/out/': '' }
  const run = async (shell: string) => {
    const order = {
      command: { shell },
      cwd: '/src/build',
      stage: stage.directory,
      roots: ['/src'],
      writable: ['/src/build'],
    }
    const { end, writable, ...wrapped } = sandbox.wrap(order)
    stage.noteWritable(writable)
    const outcome = await executor.run(wrapped)
    await end(outcome.end !== 'exited')
    return Buffer.from(outcome.output).toString()
  }

  await bring(sketch)
  await other.bring(treeOf(sketch, blobs))
  t.regex(await run('cat in ../a > out/made; echo x >> in; echo x > ../a; true'), /Permission denied\n.*Read-only/s)
  t.is(readFileSync(join(stage.directory, 'src/build/out/made'), 'utf8'), 'inputsource')

  t.like(await bring(sketch), { linked: 0, reused: 2 })
  t.is(await run('ls out; mv in out/was && echo other > in && cat in && chmod 0 out'), 'other\n')
  t.like(await bring(sketch), { linked: 1, fetched: 0 })

  // As the file's owner it can do that: it is found out, here and in the other stage.
  t.is(await run('chmod u+w in && echo more >> in; rm -r out; ln -s /etc out'), '')
  t.like(await bring(sketch), { linked: 1, fetched: 1 })
  t.like(await other.bring(treeOf(sketch, blobs)), { linked: 1, fetched: 0 })
  t.is(readFileSync(join(other.directory, 'src/build/in'), 'utf8'), 'input')
  t.false(existsSync(join(stage.directory, 'src/build/out/made')))
})
