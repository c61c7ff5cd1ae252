import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'

const copy = 'rule copy\n  command = cat $in > $out\n'

test('a second build runs nothing and says so', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build out: copy in\n`, in: 'x\n' })
  t.deepEqual(rig.mustBuild(t), ['out'])
  t.deepEqual(rig.mustBuild(t), [])
  const again = rig.millrace(['build'])
  t.is(again.code, 0)
  t.regex(again.stdout, /^nothing to do: 1 task is up to date\n1 tasks: 1 up to date, /)
})

test('an edited source, a touched one, and one that is as it was before are told apart by content', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build a: copy in\nbuild b: copy a\n`, in: 'x\n' })
  t.deepEqual(rig.mustBuild(t), ['a', 'b'])
  rig.write('in', 'y\n')
  t.deepEqual(rig.mustBuild(t), ['a', 'b'])
  t.is(rig.read('b'), 'y\n')
  rig.tool('touch', ['in'])
  t.deepEqual(rig.mustBuild(t), [])
})

test('a deleted output is made again, and what depends on it does not run when it comes out the same', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build a: copy in\nbuild b: copy a\n`, in: 'x\n' })
  rig.usesCache = false
  rig.mustBuild(t)
  rig.remove('a')
  t.deepEqual(rig.mustBuild(t), ['a'])
  t.is(rig.read('a'), 'x\n')
})

test('an output that was edited by hand is made again', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${copy}build a: copy in\nbuild b: copy a\n`, in: 'x\n' })
  rig.usesCache = false
  rig.mustBuild(t)
  rig.write('a', 'by hand\n')
  t.deepEqual(rig.mustBuild(t), ['a'])
  t.deepEqual([rig.read('a'), rig.read('b')], ['x\n', 'x\n'])
})

test('a changed command or response file makes its task run, a changed environment or description does not', (t) => {
  const manifest = 'rule r\n  command = cat in > $out # $flag\n  rspfile = $out.rsp\n  rspfile_content = $content\n'
  const statement = 'build out: r in\n'
  const rig = new MillraceRig(t, { 'build.ninja': manifest + statement, in: 'x\n' })
  t.deepEqual(rig.mustBuild(t), ['out'])
  rig.write('build.ninja', `${manifest}${statement}  flag = new\n`)
  t.deepEqual(rig.mustBuild(t), ['out'])
  rig.write('build.ninja', `${manifest}${statement}  flag = new\n  content = new\n`)
  t.deepEqual(rig.mustBuild(t), ['out'])
  rig.write('build.ninja', `${manifest}${statement}  flag = new\n  content = new\n  description = new\n`)
  t.deepEqual(rig.mustBuild(t), [])
  t.regex(rig.millrace(['build'], { SOME_VARIABLE: 'new' }).stdout, /^nothing to do/)
})

test('an input that was added or taken away makes its task run', (t) => {
  const statement = (inputs: string) => `rule r\n  command = touch $out\nbuild out: r ${inputs}\n`
  const rig = new MillraceRig(t, { 'build.ninja': statement('a'), a: 'a', b: 'b' })
  t.deepEqual(rig.mustBuild(t), ['out'])
  rig.write('build.ninja', statement('a | b'))
  t.deepEqual(rig.mustBuild(t), ['out'])
  rig.write('build.ninja', statement('a'))
  t.deepEqual(rig.mustBuild(t), ['out'])
})

test('an order-only input is made before, and its change does not make a task run', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${copy}rule use\n  command = cat made $in > $out\nbuild made: copy source\nbuild out: use in || made\n`,
    source: '1\n',
    in: 'x\n',
  })
  rig.usesCache = false
  t.deepEqual(rig.mustBuild(t), ['made', 'out'])
  rig.write('source', '2\n')
  t.deepEqual(rig.mustBuild(t), ['made'])
  rig.remove('made')
  t.deepEqual(rig.mustBuild(t), ['made'])
})

const headers = {
  'build.ninja': `rule generate
  command = grep define $in > $out
rule cc
  command = cp $in $out && echo "$out: $in gen.h" > $out.d
  depfile = $out.d
  deps = gcc
build gen.h: generate gen.in
build main.o: cc main.c || gen.h
`,
  'gen.in': 'define X 1\n',
  'main.c': 'main\n',
}

test('a generated header that only the depfile names is remade before what includes it, in the same build', (t) => {
  const rig = new MillraceRig(t, headers)
  rig.usesCache = false
  t.deepEqual(rig.mustBuild(t), ['gen.h', 'main.o'])
  t.false(rig.has('main.o.d'), 'the depfile was read into the log and removed')
  rig.write('gen.in', 'define X 2\n')
  t.deepEqual(rig.mustBuild(t), ['gen.h', 'main.o'])
  rig.append('gen.in', 'a comment\n')
  t.deepEqual(rig.mustBuild(t), ['gen.h'], 'the header came out the same')
  rig.remove('gen.h')
  t.deepEqual(rig.mustBuild(t, 'main.o'), ['gen.h'])
})

test('a header that vanished makes its readers run, and is not missed when they no longer read it', (t) => {
  const rig = new MillraceRig(t, {
    ...headers,
    'build.ninja': headers['build.ninja'].replace('$in gen.h', '$in `cat $in`'),
  })
  rig.write('main.c', 'own.h')
  rig.write('own.h', '')
  t.deepEqual(rig.mustBuild(t), ['gen.h', 'main.o'])
  rig.remove('own.h')
  rig.write('main.c', 'main.c')
  t.deepEqual(rig.mustBuild(t), ['main.o'])
  t.deepEqual(rig.mustBuild(t), [])
})

const depfile = (content: string, more = '') => ({
  'build.ninja': `rule r\n  command = touch $out ${content}\n  depfile = $out.d\n${more}build out: r in\n`,
  in: '',
})

test('a depfile that names nothing, without `deps`, leaves the task out of date as in ninja', (t) => {
  for (const content of ['', '&& : > $out.d', '&& echo "other: in" > $out.d']) {
    const rig = new MillraceRig(t, depfile(content))
    t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['out'], ['out']], content)
  }
})

test('with `deps = gcc`, a depfile that is missing or empty names nothing more than the inputs', (t) => {
  for (const content of ['', '&& : > $out.d', '&& echo "other: in" > $out.d']) {
    const rig = new MillraceRig(t, depfile(content, '  deps = gcc\n'))
    t.deepEqual([rig.mustBuild(t), rig.mustBuild(t)], [['out'], []], content)
  }
})

test('a depfile that can not be read, or that speaks of undeclared outputs, fails its task', (t) => {
  for (const [content, deps, message] of [
    ['no colon', 'gcc', /out\.d: expected ':' in depfile/],
    ['out stray: in', '', /out\.d: speaks of 'stray', which is no output of this task/],
  ] as const) {
    const rig = new MillraceRig(t, depfile(`&& echo "${content}" > $out.d`, deps === '' ? '' : `  deps = ${deps}\n`))
    const run = rig.millrace(['build'])
    t.is(run.code, 1)
    t.regex(run.stdout, message)
  }
})

test('a command that does not make its output succeeds as in ninja, and it and its dependents run in every build', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja':
      'rule r\n  command = touch $made\nbuild never: r\n  made = other\nbuild out: r never\n  made = out\n',
  })
  t.deepEqual(
    [rig.mustBuild(t), rig.mustBuild(t)],
    [
      ['never', 'out'],
      ['never', 'out'],
    ],
  )
})

test('a directory that a task makes is not made again because others fill it', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${copy}rule mkdir\n  command = mkdir -p $out\nbuild made: mkdir\nbuild made/a: copy in || made\nbuild made/sub: mkdir || made\n`,
    in: '',
  })
  t.is(rig.mustBuild(t).length, 3)
  t.deepEqual(rig.mustBuild(t), [])
  rig.remove('made')
  t.is(rig.mustBuild(t).length, 3)
})

test('what an earlier form of the graph read is no dependency that could close a cycle', (t) => {
  const rule = 'rule r\n  command = touch $out; echo "$out: $reads" > $out.d\n  depfile = $out.d\n  deps = gcc\n'
  const rig = new MillraceRig(t, { 'build.ninja': `${rule}build a: r in\n  reads = b\nbuild b: r in\n`, in: '' })
  rig.mustBuild(t, 'b')
  rig.mustBuild(t, 'a')
  rig.write('build.ninja', `${rule}build a: r in\nbuild b: r a\n`)
  t.deepEqual(rig.mustBuild(t, 'b'), ['a', 'b'])
  t.deepEqual(rig.mustBuild(t, 'b'), [])
})
