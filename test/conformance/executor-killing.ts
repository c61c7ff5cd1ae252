import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExecutorError } from '../../infra/executor/executor.ts'
import { isRunning, readProcess } from '../../infra/process-table/process-table.ts'
import { until } from '../rig/until.ts'

import { type Define, sleepers, text } from './executor-bench.ts'

/** Timeouts, aborts, close. */
export function testKilling(scenario: Define): void {
  scenario('kills a command with all its children when its time is over', async (t, { sh, folder }) => {
    const line = 'echo begun; trap "" TERM; (trap "" TERM INT HUP; echo $$; sleep 60) & sleep 60; sleep 60'
    const outcome = await sh(line, { timeoutMs: 150 })
    t.like(outcome, { end: 'timed-out', exitCode: 137 })
    t.true(outcome.runMs >= 150 && outcome.runMs < 10_000)
    t.regex(text(outcome), /^begun\n/)
    t.deepEqual(sleepers(folder), [])
    t.is(text(await sh('echo fine')), 'fine\n')
  })

  scenario(
    'lets a command clean up before it is killed',
    async (t, { sh, folder }) => {
      const line = 'trap "rm temporary; echo bye; exit 1" TERM; touch temporary; while :; do sleep 0.01; done'
      const outcome = await sh(line, { timeoutMs: 100 })
      t.like(outcome, { end: 'timed-out', exitCode: 143 })
      t.regex(text(outcome), /bye\n/)
      t.false(existsSync(join(folder, 'temporary')))
    },
    { killGraceMs: 5000 },
  )

  scenario(
    'kills a command whose order is aborted, and starts none that was aborted before',
    async (t, { sh, folder }) => {
      const abort = new AbortController()
      const running = sh('touch begun; sleep 60', { signal: abort.signal })
      await until('the command runs', () => existsSync(join(folder, 'begun')))
      abort.abort()
      t.is((await running).end, 'aborted')
      t.deepEqual(sleepers(folder), [])
      t.like(await sh('touch never', { signal: abort.signal }), { end: 'aborted', runMs: 0 })
      t.false(existsSync(join(folder, 'never')))
    },
  )

  scenario(
    'does not count the time in the queue',
    async (t, { sh }) => {
      const [first, second] = await Promise.all([sh('sleep 1.6'), sh('true', { timeoutMs: 1500 })])
      t.deepEqual([first?.end, second?.end], ['exited', 'exited'])
    },
    { slots: 1 },
  )

  scenario('kills what runs, and ends what waits, on close', async (t, { executor, sh, folder }) => {
    const running = [sh('touch begun; sleep 60'), sh('sleep 60'), sh('touch never')]
    await until('a command runs', () => existsSync(join(folder, 'begun')))
    await executor.close()
    await executor.close()
    t.deepEqual(sleepers(folder), [])
    for (const outcome of await Promise.all(running)) t.is(outcome.end, 'aborted')
    t.false(existsSync(join(folder, 'never')))
    await t.throwsAsync(sh('true'), { instanceOf: ExecutorError })
  })

  scenario('kills background processes of earlier commands on close', async (t, { executor, sh, folder }) => {
    const pid = Number(text(await sh('sleep 60 & echo $!')))
    const identity = readProcess(pid)!
    t.true(isRunning(identity))
    await executor.close()
    t.false(isRunning(identity))
    t.deepEqual(sleepers(folder), [])
  })

  scenario(
    'gives a console order no capture, but a timeout, and counts no slot for it',
    async (t, { sh, folder }) => {
      const blocker = sh('until [ -e go ]; do sleep 0.01; done')
      t.like(await sh('exit 5', { console: true }), { end: 'exited', exitCode: 5, outputBytesDropped: 0 })
      t.like(await sh('sleep 60; true', { console: true, timeoutMs: 50 }), { end: 'timed-out' })
      t.deepEqual(sleepers(folder, 'sleep\x0060'), [])
      writeFileSync(join(folder, 'go'), '')
      t.is((await blocker).exitCode, 0)
    },
    { slots: 1 },
  )
}

/** Many orders at once. */
export function testSharing(scenario: Define): void {
  scenario('runs as many orders at once as it has slots, and no more', async (t, { sh, folder }) => {
    const log = join(folder, 'log')
    const meet = (me: string, other: string) => sh(`touch ${me}; until [ -e ${other} ]; do sleep 0.01; done`)
    await Promise.all([meet('a', 'b'), meet('b', 'a')])
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => sh('echo + >> log; sleep 0.05; echo - >> log')))
    let [running, most] = [0, 0]
    for (const each of readFileSync(log, 'utf8').trim().split('\n')) {
      running += each === '+' ? 1 : -1
      most = Math.max(most, running)
    }
    t.true(most <= 2)
  })

  scenario(
    'runs the orders that wait in the order in which they came',
    async (t, { sh, folder }) => {
      await Promise.all([1, 2, 3, 4, 5, 6].map((n) => sh(`echo ${n} >> log`)))
      t.is(readFileSync(join(folder, 'log'), 'utf8'), '1\n2\n3\n4\n5\n6\n')
    },
    { slots: 1 },
  )

  scenario('runs thousands of commands without leaking descriptors or processes', async (t, { argv, folder }) => {
    await Promise.all([argv(['true']), argv(['true'])])
    const descriptors = () => readdirSync('/proc/self/fd').length
    const before = descriptors()
    const signal = new AbortController().signal
    const outcomes = await Promise.all(
      Array.from({ length: 3000 }, (_, n) => argv(['/bin/echo', `${n}`], { signal, timeoutMs: 60_000 })),
    )
    t.true(outcomes.every((outcome, n) => text(outcome) === `${n}\n`))
    // Other tests of this process open and close some at the same time.
    t.true(descriptors() < before + 500)
    t.deepEqual(sleepers(folder, 'echo'), [])
  })
}
