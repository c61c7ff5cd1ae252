import { open } from 'node:fs/promises'
import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

const touch = 'rule touch\n  command = touch $out\n'

/** Interrupts `millrace build <args>` while it reads the graph. */
async function interruptedEarly(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]) {
  rig.tool('mkfifo', ['graph.ninja'])
  const { process: child, run } = rig.start(t, ['build', '-f', 'graph.ninja', ...args])
  // Opens once the command line reads the other end.
  const graph = await open(rig.path('graph.ninja'), 'w')
  child.kill('SIGINT')
  await graph.writeFile(`${touch}build made: touch\n`)
  await graph.close()
  return run
}

test('an interrupt that comes before the graph is read cancels the build, and nothing runs', async (t) => {
  const rig = new MillraceRig(t)
  const { code, stdout } = await interruptedEarly(t, rig)
  t.is(code, 130)
  t.regex(stdout, /^interrupted$/m)
  t.false(rig.has('made'))
})

test('an interrupted dry run shows nothing and ends with 130', async (t) => {
  const run = await interruptedEarly(t, new MillraceRig(t), '-n')
  t.deepEqual(run, { code: 130, stdout: '', stderr: 'millrace: interrupted\n' })
})

test('an interrupt while another process builds here ends the wait with 130 and leaves the other alone', async (t) => {
  const wait = 'rule wait\n  command = touch began; until test -e go; do sleep 0.01; done; touch $out\n'
  const rig = new MillraceRig(t, { 'build.ninja': `${wait}build made: wait\n` })
  const first = rig.start(t, ['build'])
  await until('the first one builds', () => rig.has('began'))
  const second = rig.start(t, ['build'])
  const waits = new Promise((resolve) => second.process.stderr!.once('data', resolve))
  await waits
  second.process.kill('SIGINT')
  const { code, stderr } = await second.run
  t.is(code, 130)
  t.regex(stderr, /^waiting for process \d+, which is building here\nmillrace: interrupted while waiting\n$/)
  rig.write('go', '')
  t.is((await first.run).code, 0)
  t.true(rig.has('made'))
})
