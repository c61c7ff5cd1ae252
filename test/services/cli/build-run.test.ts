import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'

const shell = 'rule sh\n  command = $run\n'

test('the directories of outputs and depfiles are made, also again after a command removed one', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${shell}build a/b/one: sh\n  run = touch a/b/one && rm -r a && mkdir -p a/b && touch a/b/one
build c/gone: sh a/b/one\n  run = rm -r c; mkdir c; touch c/gone; rm -r a
build a/b/two | deps/x: sh || c/gone\n  run = touch a/b/two deps/x\n  depfile = dep/files/two.d\n  deps = gcc\n`,
  })
  t.deepEqual(rig.mustBuild(t, 'a/b/two'), ['a/b/one', 'c/gone', 'a/b/two'])
  t.true(rig.has('a/b/two') && rig.has('dep/files'))
})

test('a response file is there while the command runs, is kept when it fails and removed when it succeeds', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `rule link\n  command = cat lists/$out.rsp > $out && test -f ok\n  rspfile = lists/$out.rsp
  rspfile_content = $in_newline $flags\nbuild out: link a b\n  flags = two  words\n`,
    a: '',
    b: '',
  })
  t.is(rig.build().code, 1)
  t.is(rig.read('lists/out.rsp'), 'a\nb two  words')
  rig.write('ok', '')
  t.deepEqual(rig.mustBuild(t), ['out'])
  t.false(rig.has('lists/out.rsp'))
  t.is(rig.read('out'), 'a\nb two  words')
})

test('a command that is not found fails with code 127, and the shell tells of it', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${shell}build out: sh\n  run = no-such-program --now\n` })
  const run = rig.millrace(['build'])
  t.is(run.code, 1)
  t.regex(run.stdout, /FAILED: \[code=127\] out\nno-such-program --now\n.*no-such-program.*not found/)
})

test('a task that failed runs again, until it succeeds, and then not any more', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${shell}build out: sh in\n  run = touch out; cat fixed\nbuild end: sh out\n  run = touch end\n`,
    in: '',
  })
  t.is(rig.build().code, 1)
  t.true(rig.has('out'), 'the output is there and nevertheless not taken for good')
  const second = rig.build()
  t.deepEqual([second.code, second.ran], [1, []])
  rig.write('fixed', '')
  t.deepEqual(rig.mustBuild(t), ['out', 'end'])
  t.deepEqual(rig.mustBuild(t), [])
})

test('a source that is broken and then as it was before makes its task run again', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${shell}build out: sh in\n  run = cp in out && test ! -s in\n`,
    in: '',
  })
  rig.mustBuild(t)
  rig.write('in', 'broken')
  t.is(rig.build().code, 1)
  rig.write('in', '')
  t.deepEqual(rig.mustBuild(t), ['out'])
  t.is(rig.read('out'), '')
})

const failing = `${shell}build a: sh\n  run = false\nbuild b: sh || a2\n  run = false\nbuild a2: sh\n  run = touch a2
build c: sh || b2\n  run = touch c\nbuild b2: sh || a2\n  run = touch b2\nbuild d: sh a\n  run = touch d\n`

test('a build stops at its first failure; with -k it goes on to that many, and with -k 0 as far as it can', (t) => {
  const first = new MillraceRig(t, {
    'build.ninja': `${shell}build a: sh\n  run = exit 3\nbuild b: sh || a\n  run = touch b\n`,
  })
  const stopped = first.build('-j1', 'a', 'b')
  t.is(stopped.code, 1)
  t.false(first.has('b'))
  const all = new MillraceRig(t, { 'build.ninja': failing }).build('-k0', '-j1')
  t.is(all.code, 1)
  t.deepEqual([...all.ran].sort(), ['a2', 'b2', 'c'])
  const summary = all.events.at(-1)!
  t.deepEqual([summary.type, summary.failed, summary.skipped], ['summary', 2, 1])
})

test('a validation is built along, is not waited for, and fails the build', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${shell}build out: sh |@ check\n  run = touch out\nbuild check: sh out\n  run = test -f good && touch check
build end: sh out\n  run = test ! -f check && touch end\n`,
  })
  const failed = rig.build('-k0', 'end')
  t.is(failed.code, 1)
  t.deepEqual(failed.ran, ['out', 'end'])
  rig.write('good', '')
  t.deepEqual(rig.mustBuild(t, 'end'), ['check'])
  t.deepEqual(rig.mustBuild(t, 'end'), [])
})

test('tasks of a pool of depth 1, and console tasks, run one after the other', (t) => {
  for (const pool of ['one', 'console']) {
    const task = (name: string) => `build ${name}: alone\n  pool = ${pool}\n`
    const rig = new MillraceRig(t, {
      'build.ninja': `pool one\n  depth = 1\nrule alone\n  command = mkdir busy && ls > $out && rmdir busy\n${['a', 'b', 'c', 'd'].map(task).join('')}`,
    })
    t.is(rig.mustBuild(t, '-j4').length, 4, pool)
  }
})

test('a console task writes to our own output, but not with --json, where its output is an event', (t) => {
  const manifest = `${shell}build out: sh\n  run = echo from the console; touch out\n  pool = console\n`
  t.regex(new MillraceRig(t, { 'build.ninja': manifest }).millrace(['build']).stdout, /^from the console$/m)
  const { events } = new MillraceRig(t, { 'build.ninja': manifest }).build()
  t.deepEqual(events.find(({ type }) => type === 'task-succeeded')?.output, { text: 'from the console\n' })
})

test('the directory that -C names is told in the words that editors know, but not with --json or --quiet', (t) => {
  const rig = new MillraceRig(t, { 'sub/build.ninja': `${shell}build out: sh\n  run = touch out\n` })
  t.regex(rig.millrace(['build', '-C', 'sub']).stdout, /^millrace: Entering directory 'sub'\n\[1\/1\] touch out\n/)
  t.deepEqual(rig.mustBuild(t, '-C', 'sub'), [])
  t.notRegex(rig.millrace(['build', '-C', 'sub', '--quiet']).stdout, /Entering/)
})

test('a tree in a directory with blanks, quotes and letters beyond ASCII builds', (t) => {
  const manifest = `rule copy\n  command = cp $in $out && echo 'x: h\\ ü.h' > deps.d\n  depfile = deps.d\n  deps = gcc
build o$ u$ t/ä$ ö'.o: copy source$ ü.c\n`
  const files = { 'build.ninja': manifest, 'source ü.c': '1', 'h ü.h': '1' }
  const rig = new MillraceRig(t, files, "a 'tree' für $alle")
  t.deepEqual(rig.mustBuild(t), ["o u t/ä ö'.o"])
  for (const source of ['source ü.c', 'h ü.h']) {
    rig.write(source, '2')
    t.deepEqual(rig.mustBuild(t, "o u t/ä ö'.o"), ["o u t/ä ö'.o"], source)
  }
  t.deepEqual(rig.mustBuild(t, 'source ü.c^'), [])
})

test('absolute paths of outputs and sources, and targets in other spellings, are understood', (t) => {
  const rig = new MillraceRig(t)
  rig.write(
    'build.ninja',
    `rule copy\n  command = cp $in $out\nbuild ${rig.path('far/out')}: copy ${rig.path('in')}\nbuild near: copy in\n`,
  )
  rig.write('in', '1')
  t.deepEqual(rig.mustBuild(t, `${rig.path('far')}/../far/./out`), [rig.path('far/out')])
  t.deepEqual(rig.mustBuild(t, './x/..//near'), ['near'])
  t.deepEqual(rig.mustBuild(t), [])
})

test('a source with ^ stands for the first thing that is made from it', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${shell}build a.o: sh a.c\n  run = touch a.o\nbuild app: sh a.o\n  run = touch app\n`,
    'a.c': '',
  })
  t.deepEqual(rig.mustBuild(t, 'a.c^'), ['a.o'])
  t.deepEqual(rig.mustBuild(t, './a.o^'), ['app'])
})

test('a header with ^ stands for the first thing that was found to read it', (t) => {
  const manifest = `rule cc\n  command = cp $in $out; echo "$out: a.h" > $out.d\n  depfile = $out.d\n  deps = gcc\nbuild a.o: cc a.c\nbuild b.o: cc b.c\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, 'a.c': '', 'b.c': '', 'a.h': '' })
  t.is(rig.mustBuild(t).length, 2)
  rig.append('a.h', '// edited')
  t.deepEqual(rig.mustBuild(t, 'a.h^'), ['a.o'])
})

test('of two builds of one tree at once, the second waits for the first and then has nothing to do', async (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${shell}build out: sh\n  run = echo > begun; cat gate; touch out\n`,
  })
  rig.tool('mkfifo', ['begun', 'gate'])
  const first = rig.start(t, ['build'])
  rig.tool('cat', ['begun'])
  const second = rig.start(t, ['build'])
  await new Promise<void>((resolve) => second.process.stderr?.once('data', () => resolve()))
  rig.tool('sh', ['-c', 'echo open > gate'])
  const [one, two] = await Promise.all([first.run, second.run])
  t.deepEqual([one.code, two.code], [0, 0])
  t.regex(one.stdout, /^\[1\/1\] echo > begun/)
  t.is(two.stderr, `waiting for process ${first.process.pid}, which is building here\n`)
  t.regex(two.stdout, /^nothing to do/)
})
