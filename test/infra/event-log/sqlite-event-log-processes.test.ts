import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'ava'
import { verifiedCommits } from '../../../infra/event-log/commit-chain.ts'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { all, buildA } from './sample-commits.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const script = (name: string) => join(import.meta.dirname, name)

/** The next message of a process; fails when it ends without one. */
async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`process ended with ${code}`))),
  ])
  return message
}

test('of many processes that open a new log and append at once, each version has one winner', async (t) => {
  const directory = temporaryDirectory(t)
  const versions = 100
  const contenders = Array.from({ length: 6 }, () => fork(script('append-contender.ts'), [directory, String(versions)]))
  t.teardown(() => contenders.map((child) => child.kill('SIGKILL')))
  const answers = async (ask?: string) => {
    const messages = contenders.map(messageOf)
    if (ask !== undefined) for (const child of contenders) child.send(ask)
    return Promise.all(messages)
  }
  await answers()
  const ends = contenders.map((child) => once(child, 'exit'))
  await answers('open')
  const won = (await answers('append')) as number[][]
  await Promise.all(ends)
  t.deepEqual(
    won.flat().sort((a, b) => a - b),
    Array.from({ length: versions }, (_, i) => i + 1),
  )
  const log = openSqliteEventLog({ directory })
  const commits = await all(log.read(buildA))
  t.is(commits.length, versions)
  for (const [i, child] of contenders.entries())
    for (const version of won[i]!)
      t.true(
        Buffer.from(commits[version - 1]!.body)
          .toString()
          .includes(`written by ${child.pid} `),
      )
  await log.close()
})

test('what a process appended before it was killed is there, without a gap', async (t) => {
  for (const killAfter of [1, 50, 1500]) {
    const directory = temporaryDirectory(t)
    const child = spawn(process.execPath, [script('steady-appender.ts'), directory, '5000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let acknowledged = 0
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line)
      if (acknowledged === killAfter) child.kill('SIGKILL')
    }
    t.true(acknowledged >= killAfter)
    const log = openSqliteEventLog({ directory })
    const commits = await all(verifiedCommits(log.read(buildA)))
    t.true(commits.length === acknowledged || commits.length === acknowledged + 1)
    await log.close()
  }
})
