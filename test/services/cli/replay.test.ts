import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type JsonEvent, MillraceRig } from '../../rig/millrace.ts'
import { chain } from './replay-trees.ts'

const launcher = join(import.meta.dirname, '../../../services/cli/millrace.cjs')

function builtChain(t: ExecutionContext): MillraceRig {
  const rig = new MillraceRig(t, chain)
  t.deepEqual(rig.mustBuild(t), ['a', 'b', 'c'])
  return rig
}

function idOfLast(rig: MillraceRig): string {
  return JSON.parse(rig.millrace(['builds', '--json', '-n', '1']).stdout).build
}

test('the timeline has an offset and a line for each thing that happened, in order', (t) => {
  const rig = builtChain(t)
  const { code, stdout, stderr } = rig.millrace(['replay'])
  t.is(code, 0, stderr)
  const lines = stdout.trimEnd().split('\n')
  t.true(lines.every((line) => /^ *\+\d+\.\d{3} s {2}\S/.test(line)))
  t.regex(lines[0]!, /\+0\.000 s {2}build of the default targets in .* requested$/)
  t.regex(lines.at(-1)!, /build succeeded: 3 run$/)
  const began = ['a', 'b', 'c'].map((id) => lines.findIndex((line) => line.includes(`${id} started on local`)))
  t.deepEqual(
    began.toSorted((a, b) => a - b),
    began,
  )
  t.true(began.every((line) => line > 0))
})

test('a build is found by its id, its beginning, its end and its place, and in one directory by -C', (t) => {
  const rig = builtChain(t)
  const older = idOfLast(rig)
  rig.write('source', 'two\n')
  rig.mustBuild(t)
  const newer = idOfLast(rig)
  const idOf = (...args: string[]) =>
    JSON.parse(rig.millrace(['replay', '--json', ...args]).stdout.split('\n')[0]!).build
  t.is(idOf(), newer)
  t.is(idOf('last'), newer)
  t.is(idOf('@1'), newer)
  t.is(idOf('@2'), older)
  t.is(idOf(older), older)
  t.is(idOf(older.toUpperCase()), older)
  t.is(idOf(older.slice(0, 20)), older)
  t.is(idOf(older.slice(-8)), older)
  rig.write('other/build.ninja', 'rule r\n  command = touch $out\nbuild x: r\n')
  rig.mustBuild(t, '-C', 'other')
  t.not(idOf(), newer)
  t.is(idOf('-C', '.'), newer)
  t.is(idOf('@2', '-C', '.'), older)
})

test('what names no build, or more than one, is refused in one line', (t) => {
  const rig = builtChain(t)
  rig.write('source', 'two\n')
  rig.mustBuild(t)
  const refusal = (...args: string[]) => {
    const { code, stdout, stderr } = rig.millrace(['replay', ...args])
    t.is(code, 2)
    t.is(stdout, '')
    t.is(stderr.trimEnd().split('\n').length, 1)
    return stderr
  }
  t.regex(refusal('nothing'), /no build 'nothing'; millrace builds lists them/)
  t.regex(refusal('0'), /'0' may be \w{26}, \w{26}; give more of the id/)
  t.regex(refusal('@7'), /there is no build @7: 2 on record/)
  t.regex(refusal('-C', '/nowhere'), /no build of \/nowhere is on record/)
  t.regex(refusal('--at', 'noon'), /--at noon: expected a commit number/)
  t.regex(refusal('--at', '900'), /has \d+ commits; there is no commit 900/)
  t.regex(refusal('--at', '2001-01-01'), /had not been requested by then/)
  t.regex(refusal('--task', 'd'), /unknown target 'd'/)
  t.regex(refusal('--verify', '--output'), /--verify and --output can't be used together/)
})

test('without any build, replay says so', (t) => {
  const { code, stderr } = new MillraceRig(t).millrace(['replay'])
  t.is(code, 2)
  t.is(stderr, 'millrace: no build is on record\n')
})

test('one task is told with its command, reason, files with digests, phases and output', (t) => {
  const rig = builtChain(t)
  rig.write('source', 'two\n')
  rig.mustBuild(t)
  for (const name of ['b', './b']) {
    const { code, stdout, stderr } = rig.millrace(['replay', '--task', name])
    t.is(code, 0, stderr)
    t.regex(stdout, /^task: +b$/m)
    t.regex(stdout, /^status: +succeeded$/m)
    t.regex(stdout, /^command: +echo "about b" && cp a b$/m)
    t.regex(stdout, /^reason: +input changed: a$/m)
    t.regex(stdout, /inputs:\n {2}a {2}[0-9a-f]{64}\/4\n/)
    t.regex(stdout, /outputs:\n {2}b {2}[0-9a-f]{64}\/4\n/)
    t.regex(
      stdout,
      /attempt 1 on local: succeeded \(queued [\d.]+ s, fetch [\d.]+ s, run [\d.]+ s, store [\d.]+ s\)\nabout b\n$/,
    )
    t.notRegex(stdout, /\bc started/)
  }
})

test('a failed task is told with its failure, and one that was skipped because of it', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule bad\n  command = echo oh no; exit 3\nbuild x: bad\nbuild y: bad x\n',
  })
  t.is(rig.build().code, 1)
  const failed = rig.millrace(['replay', '--task', 'x']).stdout
  t.regex(failed, /^status: +failed \(user: .*3/m)
  t.regex(failed, /attempt 1 on local: failed: user, .*\noh no\n$/)
  t.regex(rig.millrace(['replay', '--task', 'y']).stdout, /^status: +skipped$/m)
})

test('what tasks printed is shown under headers, and that of one task alone', (t) => {
  const rig = builtChain(t)
  t.regex(rig.millrace(['replay', '--output']).stdout, /^==> b \(\+\d+\.\d{3} s, attempt 1 succeeded\)\nabout b\n$/)
  t.is(rig.millrace(['replay', '--output', '--task', 'b']).stdout, 'about b\n')
  t.is(rig.millrace(['replay', '--output', '--task', 'a']).stdout, '')
})

test('what a task printed comes back whole when it was too long for a commit', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule r\n  command = seq 100000; touch $out\nbuild x: r\n' })
  rig.mustBuild(t)
  const expected = Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join('')
  t.true(rig.millrace(['replay', '--output', '--task', 'x']).stdout === expected)
})

test('the state at a commit, at an offset and at a time is what it was then', (t) => {
  const rig = builtChain(t)
  const state = (at: string) => JSON.parse(rig.millrace(['replay', '--at', at, '--json']).stdout)
  const first = state('1')
  t.is(first.version, 1)
  t.is(first.offsetMs, 0)
  t.deepEqual(first.counts, { waiting: 2, [first.queued.length === 1 ? 'queued' : 'running']: 1 })
  t.deepEqual(first.waiting, [
    { id: 'b', for: ['a'] },
    { id: 'c', for: ['b'] },
  ])
  const last = state('+1h')
  t.is(last.phase, 'succeeded')
  t.deepEqual(last.counts, { succeeded: 3 })
  t.deepEqual([last.running, last.queued, last.ready, last.waiting], [[], [], [], []])
  t.deepEqual(state('2100-01-01T00:00:00Z').counts, { succeeded: 3 })
  t.deepEqual(state(new Date(first.at).toISOString()).version, first.version)
  t.regex(rig.millrace(['replay', '--at', '1']).stdout, /waiting \(2\)\n {2}b {2}for a\n {2}c {2}for b\n/)
})

test('--json prints the lines that build --json printed', (t) => {
  const rig = new MillraceRig(t, chain)
  const live = rig.build().events
  const replayed = jsonLines(rig.millrace(['replay', '--json']).stdout)
  t.deepEqual(replayed.slice(0, -1), live.slice(0, -1))
  t.deepEqual({ ...replayed.at(-1), wall_ms: 0 }, { ...live.at(-1), wall_ms: 0 })
  const ofTask = jsonLines(rig.millrace(['replay', '--json', '--task', 'b']).stdout)
  t.deepEqual(
    ofTask,
    live.filter(({ id }) => id === 'b'),
  )
  t.deepEqual(
    ofTask.map(({ type }) => type),
    ['task-queued', 'task-started', 'task-succeeded'],
  )
})

test('a reader that leaves early is not told about', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `rule r\n  command = touch $out\n${Array.from({ length: 600 }, (_, i) => `build f${i}: r\n`).join('')}`,
  })
  rig.mustBuild(t)
  for (const flags of [[], ['--json'], ['--output']]) {
    const pipe = '{ "$@" 2> told; echo $? > code; } | head -1 > first'
    const state = `XDG_STATE_HOME=${rig.stateDirectory}`
    rig.tool('sh', ['-c', pipe, 'sh', 'env', state, process.execPath, launcher, 'replay', ...flags])
    t.is(rig.read('told'), '')
    t.is(rig.read('code'), '0\n')
  }
})

function jsonLines(text: string): JsonEvent[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
