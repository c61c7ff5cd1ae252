import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { chain } from './replay-trees.ts'

interface Check {
  readonly name: string
  readonly status: string
  readonly what: string
  readonly mend?: string
}

function checks(rig: MillraceRig, env: Readonly<Record<string, string>> = {}): ReadonlyMap<string, Check> {
  const lines = rig.millrace(['doctor', '--json'], env).stdout.trimEnd().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as Check).map((check) => [check.name, check]))
}

test('with all that is required the doctor has a line for each thing and ends with 0', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const { code, stdout, stderr } = rig.millrace(['doctor'])
  t.is(code, 0, stdout + stderr)
  for (const line of stdout.trimEnd().split('\n')) t.regex(line, /^(ok|warn) +\S.*$/)
  const found = checks(rig)
  for (const name of ['node', 'state directory', 'event log', 'leases', 'snapshots', 'sh', 'file descriptors'])
    t.is(found.get(name)?.status, 'ok', name)
  t.regex(found.get('event log')!.what, /^1 builds?; \d+ commits of the newest 1 hold$/)
  for (const check of found.values()) t.is(check.status === 'ok', check.mend === undefined, check.name)
})

test('the doctor makes nothing', (t) => {
  const rig = new MillraceRig(t)
  t.is(rig.millrace(['doctor']).code, 0)
  t.deepEqual(readdirSync(join(rig.directory, '..')), ['tree'])
})

test('optional programs that are not there are a warning with a mend', (t) => {
  const found = checks(new MillraceRig(t), { PATH: '/nowhere' })
  for (const name of ['C++ compiler', 'ninja', 'cmake', 'bubblewrap', 'nats-server', 'redis-server']) {
    t.is(found.get(name)?.status, 'warn', name)
    t.regex(found.get(name)!.mend!, /apt install/)
  }
})

test('an event log that is no database is missing, and the doctor ends with 2', (t) => {
  const rig = new MillraceRig(t)
  mkdirSync(join(rig.stateDirectory, 'millrace'), { recursive: true })
  writeFileSync(join(rig.stateDirectory, 'millrace', 'millrace.db'), 'something else, and long enough '.repeat(200))
  const { code, stdout } = rig.millrace(['doctor'])
  t.is(code, 2)
  t.regex(stdout, /^missing +event log +.* is not a SQLite database +— move it away/m)
})

test('damage in the log and in snapshots is told with a mend', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  const state = join(rig.stateDirectory, 'millrace')
  writeFileSync(join(state, 'snapshots', 'torn.snapshot'), 'x')
  const found = checks(rig)
  t.is(found.get('snapshots')!.status, 'warn')
  t.regex(found.get('snapshots')!.mend!, /delete them/)
})

test('a state directory that can not be made is missing', (t) => {
  const rig = new MillraceRig(t, { file: '' })
  const { code, stdout } = rig.millrace(['doctor', '--state-dir', rig.path('file/state')])
  t.is(code, 2)
  t.regex(stdout, /^missing +state directory +.*can't be written +— /m)
})
