import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'
import { chain, gated } from './replay-trees.ts'

test('clean removes what tasks make and nothing else, and the next build runs everything again', (t) => {
  const rig = new MillraceRig(t, { ...chain, 'notes.txt': 'mine\n' })
  rig.usesCache = false
  rig.mustBuild(t)
  const { code, stdout, stderr } = rig.millrace(['clean'])
  t.is(code, 0, stderr)
  t.is(stdout, 'removed 3 files\n')
  for (const path of ['a', 'b', 'c']) t.false(rig.has(path))
  for (const path of ['source', 'build.ninja', 'notes.txt']) t.true(rig.has(path))
  t.is(rig.millrace(['clean']).stdout, 'removed 0 files\n')
  t.deepEqual(rig.mustBuild(t), ['a', 'b', 'c'])
})

test('clean of a target removes what it and all it needs are made of', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  t.is(rig.millrace(['clean', './b']).stdout, 'removed 2 files\n')
  t.deepEqual(
    ['a', 'b', 'c'].map((path) => rig.has(path)),
    [false, false, true],
  )
  const unknown = rig.millrace(['clean', 'd'])
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /^millrace: unknown target 'd'/)
})

test('a dry run names the files and removes none', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  t.is(rig.millrace(['clean', '-n']).stdout, 'would remove a\nwould remove b\nwould remove c\nwould remove 3 files\n')
  for (const path of ['a', 'b', 'c']) t.true(rig.has(path))
})

test('a file that goes by two names is counted once', (t) => {
  const rig = new MillraceRig(t)
  rig.write('build.ninja', `rule r\n  command = touch x\nbuild x | ${rig.path('x')}: r\n`)
  rig.mustBuild(t)
  t.regex(rig.millrace(['clean', '-n']).stdout, /would remove 1 file\n$/)
  t.is(rig.millrace(['clean']).stdout, 'removed 1 file\n')
})

test('depfiles, response files and dyndep outputs go; what a generator makes and what phony tasks name stays', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': [
      'rule made',
      '  command = cat $out.rsp > $out && echo "$out: source" > $out.d',
      '  depfile = $out.d',
      '  rspfile = $out.rsp',
      '  rspfile_content = text',
      'rule generate',
      '  command = touch $out',
      '  generator = 1',
      'rule dyn',
      '  command = touch $out extra',
      'build x: made source',
      'build config: generate',
      'build y: dyn || dd',
      '  dyndep = dd',
      'build source: phony',
      '',
    ].join('\n'),
    source: 'one\n',
    dd: 'ninja_dyndep_version = 1\nbuild y | extra: dyndep\n',
  })
  rig.mustBuild(t)
  rig.write('x.rsp', 'left by a failure')
  t.true(rig.has('x.d') && rig.has('extra'))
  t.is(
    rig.millrace(['clean', '-v']).stdout,
    'removed x\nremoved x.d\nremoved x.rsp\nremoved y\nremoved extra\nremoved 5 files\n',
  )
  for (const path of ['config', 'source', 'dd']) t.true(rig.has(path))
})

test('what is outside of the directory stays, by name or behind a link, unless it is asked for', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule r\n  command = touch $out\nbuild ../out/x: r\nbuild link/y: r\nbuild in/z: r\n',
  })
  mkdirSync(rig.path('../out'))
  symlinkSync(rig.path('../out'), rig.path('link'))
  rig.mustBuild(t)
  const { code, stdout, stderr } = rig.millrace(['clean'])
  t.is(code, 0)
  t.is(stdout, 'removed 1 file\n')
  t.is(stderr, `left 2 files outside of ${rig.directory}, first ../out/x; --outside removes them too\n`)
  t.true(rig.has('../out/x') && rig.has('../out/y') && !rig.has('in/z'))
  t.is(rig.millrace(['clean', '--outside']).stdout, 'removed 2 files\n')
  t.false(rig.has('../out/x') || rig.has('../out/y'))
})

test('a link is removed and not what it leads to; a directory only when it is empty', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': [
      'rule link',
      '  command = ln -s precious $out',
      'rule dir',
      '  command = mkdir -p $out',
      'build l: link',
      'build empty: dir',
      'build full: dir',
      '',
    ].join('\n'),
    precious: 'mine\n',
  })
  rig.tool('sh', ['-c', 'ln -s precious l; mkdir empty full; touch full/mine'])
  const { code, stdout, stderr } = rig.millrace(['clean'])
  t.is(code, 0)
  t.is(stdout, 'removed 2 files\n')
  t.is(stderr, 'left full: a directory that is not empty\n')
  t.deepEqual(
    ['l', 'empty', 'full/mine', 'precious'].map((path) => rig.has(path)),
    [false, false, true, true],
  )
})

test('clean waits for a build in the same directory to end', async (t) => {
  const rig = new MillraceRig(t, gated)
  const build = rig.start(t, ['build'])
  await until('the slow task began', () => rig.has('begun'))
  const clean = rig.start(t, ['clean'])
  const waits = new Promise((resolve) => clean.process.stderr!.on('data', resolve))
  t.regex(String(await waits), /^waiting for process \d+, which is building here\n$/)
  t.true(rig.has('first'))
  rig.write('go', '')
  t.is((await build.run).code, 0)
  t.is((await clean.run).stdout, 'removed 3 files\n')
})

test('clean brings a build whose process died to its end in the log', async (t) => {
  const rig = new MillraceRig(t, gated)
  const { process, run } = rig.start(t, ['build'])
  await until('the slow task began', () => rig.has('begun'))
  process.kill('SIGKILL')
  await run
  t.is(rig.millrace(['clean']).code, 0)
  t.is(JSON.parse(rig.millrace(['builds', '--json']).stdout).status, 'cancelled')
  t.regex(rig.millrace(['replay', '--verify']).stdout, /, ended cancelled\n$/)
})

test('a directory without a build graph, or that is not there, is told in one line', (t) => {
  const rig = new MillraceRig(t)
  for (const args of [['clean'], ['clean', '-C', join(rig.directory, 'nowhere')]]) {
    const { code, stderr } = rig.millrace(args)
    t.is(code, 2)
    t.regex(stderr, /^millrace: [^\n]+\n$/)
  }
})
