import test, { type ExecutionContext } from 'ava'
import { openSqliteEventLog } from '../../../infra/event-log/sqlite-event-log.ts'
import { graphFilesIn } from '../../../services/coordinator/graph-files.ts'
import { readGraph } from '../../../services/coordinator/read-graph.ts'
import { malformedManifests } from '../../machines/graph/ninja/malformed.ts'
import { MillraceRig } from '../../rig/millrace.ts'

const copy = 'rule copy\n  command = cat $in > $out\n'

/** Runs a build that must end with exactly this line on stderr and nothing else, and leave no build in the log. */
function refused(t: ExecutionContext, rig: MillraceRig, args: readonly string[], line: string | RegExp): void {
  const run = rig.millrace(['build', ...args])
  t.is(run.code, 2, `${run.stdout}${run.stderr}`)
  if (typeof line === 'string') t.is(run.stderr, `millrace: ${line}\n`)
  else t.regex(run.stderr, line)
  t.is(run.stderr.split('\n').length, 2, run.stderr)
  t.is(run.stdout, '')
}

test('tasks that wait for each other are told as a path, when they are wanted', (t) => {
  const manifest = `${copy}build a: copy b\nbuild b: copy c\nbuild c: copy x || a\nbuild self: copy self\nbuild good: copy x\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, x: '' })
  refused(t, rig, ['a'], 'dependency cycle: a -> b -> c -> a')
  refused(t, rig, ['self'], 'dependency cycle: self -> self')
  t.deepEqual(rig.mustBuild(t), ['good'], 'what nothing reads is wanted when no target is named')
  rig.write('build.ninja', `${copy}build a: copy b\nbuild b: copy a\n`)
  refused(t, rig, [], 'dependency cycle: a -> b -> a')
  refused(t, rig, ['-n', 'a'], 'dependency cycle: a -> b -> a')
})

test('a cycle that only a validation leads to is told, and one through a validation is none', (t) => {
  const manifest = `${copy}build a: copy x |@ check\nbuild check: copy a\nbuild b: copy x |@ c\nbuild c: copy d\nbuild d: copy c\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, x: '' })
  t.deepEqual(rig.mustBuild(t, 'a'), ['a', 'check'])
  refused(t, rig, ['b'], 'dependency cycle: c -> d -> c')
})

test('a missing source is told with what needs it', (t) => {
  const manifest = `${copy}build a: copy x\nbuild b: copy a || y\nbuild p: phony z\nbuild good: copy x\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, x: '' })
  refused(t, rig, ['b'], "'y', needed by 'b', is missing and no task makes it")
  refused(t, rig, ['p'], "'z', needed by 'p', is missing and no task makes it")
  refused(t, rig, ['z'], "'z' is missing and no task makes it")
  t.deepEqual(rig.mustBuild(t, 'x'), [], 'a source that is there is up to date')
  rig.write('y', '')
  t.deepEqual(rig.mustBuild(t, 'b'), ['a', 'b'])
  rig.remove('y')
  t.deepEqual(rig.mustBuild(t, 'b'), [], 'as in ninja, an order-only source is not missed when nothing is to be done')
})

test('an unknown target is told with the name that was probably meant', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build program: copy x\n`, x: '' })
  refused(t, rig, ['progam'], "unknown target 'progam', did you mean 'program'?")
  refused(t, rig, ['quite-another'], "unknown target 'quite-another'")
  refused(t, rig, ['y^'], "no task reads 'y'")
  refused(t, rig, ['program^'], "no task reads 'program'")
})

test('a graph file or a directory that is not there is told', (t) => {
  const rig = new MillraceRig(t, { file: '' })
  refused(t, rig, ['-f', 'no.ninja'], "no.ninja: can't be read (ENOENT)")
  refused(t, rig, ['-f', '.'], ".: can't be read (EISDIR)")
  refused(t, rig, [], /^millrace: \/.*\/tree: no build graph here \(looked for build\.ninja, /)
  const elsewhere = rig.millrace(['build', '-C', 'nowhere', '--quiet'])
  t.deepEqual([elsewhere.code, elsewhere.stderr], [2, "millrace: nowhere: can't be entered (ENOENT)\n"])
  const inFile = rig.millrace(['build', '-C', 'file', '--quiet'])
  t.deepEqual([inFile.code, inFile.stderr], [2, 'millrace: file: not a directory\n'])
})

test('nothing is recorded of what was refused', async (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build a: copy a2\nbuild a2: copy a\n` })
  refused(t, rig, ['a'], 'dependency cycle: a -> a2 -> a')
  refused(t, rig, ['b'], "unknown target 'b'")
  const log = openSqliteEventLog({ directory: `${rig.stateDirectory}/millrace` })
  t.is(await log.position(), 0)
  await log.close()
})

test('wrong usage is one line of help, with exit code 2', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': '' })
  for (const args of [['-j', '0'], ['-k', 'x'], ['--such'], ['--policy', 'none'], ['-n', '--json']]) {
    const run = rig.millrace(['build', ...args])
    t.is(run.code, 2, args.join(' '))
    t.regex(run.stderr, /^error: .*\n$/)
  }
})

test('a state directory that can not be made or written is told with its mend', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build a: copy x\n`, x: '', file: '' })
  refused(t, rig, ['--state-dir', 'file/state'], /^millrace: .*\/file\/state.* a file is in its place/)
  rig.tool('mkdir', ['state', 'state/millrace.db'])
  refused(t, rig, ['--state-dir', 'state'], /^millrace: .*\/state\/millrace\.db can't be opened; check/)
  rig.remove('state')
  rig.write(
    'state/millrace.db',
    'not a database, but long enough to be looked at by the reader of its header: '.repeat(3),
  )
  refused(t, rig, ['--state-dir', 'state'], /^millrace: .*millrace\.db is not a SQLite database; move it away/)
  t.false(rig.has('a'))
})

test('every malformed manifest is one line that names file, line and column', async (t) => {
  const rig = new MillraceRig(t)
  for (const [name, text, message] of malformedManifests) {
    rig.write('build.ninja', text)
    const result = await readGraph(graphFilesIn(rig.directory), undefined)
    t.false(result.ok, name)
    if (result.ok) continue
    t.regex(result.message, message, name)
    t.regex(result.message, /^build\.ninja:\d+:\d+: [^\n]+$/, name)
  }
})

test('a malformed manifest, dyndep file or included file ends a build with one line', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'build a: nothing\n',
    dd: 'ninja_dyndep_version = 1\nbuild other: dyndep\n',
  })
  refused(t, rig, [], "build.ninja:1:10: unknown build rule 'nothing'")
  rig.write('build.ninja', 'include sub.ninja\n')
  refused(t, rig, [], /^millrace: build\.ninja:1:\d+: .*loading 'sub\.ninja'/)
  rig.write('sub.ninja', '\nrule r\n')
  refused(t, rig, [], /^millrace: sub\.ninja:2:\d+: expected 'command ='/)
  rig.write('build.ninja', 'rule r\n  command = touch $out\nbuild a: r || dd\n  dyndep = dd\n')
  refused(t, rig, [], "dd: no task makes 'other' with this file as its dyndep")
  rig.write('dd', 'ninja_dyndep_version = 2\n')
  refused(t, rig, [], /^millrace: dd:1:\d+: unsupported ninja_dyndep_version '2'/)
})

test('a manifest without any statement builds nothing', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': '# nothing\n' })
  t.deepEqual(rig.mustBuild(t), [])
})
