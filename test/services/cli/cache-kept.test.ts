import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { digestOf } from '../../../events/digest.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { type JsonRun, MillraceRig } from '../../rig/millrace.ts'
import { until } from '../../rig/until.ts'

const rule = (command: string, more = '') => `rule make\n  command = ${command}\n${more}`

/** One property of each task's event of a kind: `miss`, `notKept` or `failure`. */
function told({ events }: JsonRun, type: string, property: string): readonly unknown[] {
  return events.filter((event) => event.type === type).map((event) => event[property])
}

/** Makes the tree's task once more from clean, and expects that it has to run. */
function runsAgain(t: ExecutionContext, rig: MillraceRig, ...outputs: readonly string[]): JsonRun {
  for (const path of outputs) if (rig.has(path)) rig.remove(path)
  const again = rig.build()
  t.deepEqual(again.cached, [])
  return again
}

test('a task that failed is not cached, whatever it made', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${rule('cp in $out; test -e good')}build made: make\n`, in: 'x' })
  t.is(rig.build().code, 1)
  const again = runsAgain(t, rig, 'made')
  t.is(again.code, 1)
  t.deepEqual(
    told(again, 'task-queued', 'miss').map((miss) => (miss as { kind: string }).kind),
    ['unknown-task'],
  )
  t.like(again.events.at(-1), { type: 'summary', cached: 0, run: 0, failed: 1 })
})

const notKept: readonly (readonly [what: string, manifest: string, outputs: readonly string[], reason: object])[] = [
  [
    'some of its outputs only',
    `${rule('cp in one')}build one two: make\n`,
    ['one'],
    { kind: 'output-missing', path: 'two' },
  ],
  [
    'nothing but empty files',
    `${rule('cp in log && touch $out')}build one two: make in\n`,
    ['one', 'two'],
    { kind: 'only-stamps' },
  ],
  [
    'a directory',
    `${rule('mkdir -p one && cp in one')}build one: make in\n`,
    ['one'],
    { kind: 'output-special', path: 'one' },
  ],
  [
    'no depfile',
    `${rule('cp in $out', '  depfile = $out.d\n')}build one: make in\n`,
    ['one'],
    { kind: 'unknown-reads' },
  ],
]

for (const [what, manifest, outputs, reason] of notKept)
  test(`a task that makes ${what} is not cached`, (t) => {
    const rig = new MillraceRig(t, { 'build.ninja': manifest, in: 'x' })
    t.deepEqual(told(rig.build(), 'task-succeeded', 'notKept'), [reason])
    t.deepEqual(runsAgain(t, rig, ...outputs).ran, ['one'])
  })

const uncacheable: readonly (readonly [because: string, file: string, text: string])[] = [
  ['console', 'build.ninja', `${rule('cp in $out', '  pool = console\n')}build made: make in\n`],
  ['generator', 'build.ninja', `${rule('cp in $out', '  generator = 1\n')}build made: make in\n`],
  ['always', 'build.ninja', `${rule('cp in $out')}build made: make in | never\nbuild never: phony\n`],
  [
    'declared',
    'millrace.json',
    '{"tasks":[{"id":"made","command":"cp in made","inputs":["in"],"outputs":["made"],"cacheable":false}]}',
  ],
  ['undeclared-outputs', 'build.ninja', `${rule('g++ --coverage -c $in -o $out')}build made: make a.cpp\n`],
]

for (const [because, file, text] of uncacheable)
  test(`a task is neither taken from the cache nor kept there: ${because}`, (t) => {
    const rig = new MillraceRig(t, { [file]: text, in: 'x', 'a.cpp': 'int a;\n' })
    const first = rig.build()
    t.deepEqual(first.ran, ['made'], first.stdout + first.stderr)
    t.deepEqual(told(first, 'task-succeeded', 'kept'), [undefined])
    const again = runsAgain(t, rig, 'made')
    t.deepEqual(told(again, 'task-queued', 'miss'), [{ kind: 'uncacheable', because }])
    t.deepEqual(again.ran, ['made'])
  })

const edits: readonly (readonly [what: string, contents: readonly string[]])[] = [
  ['changed', ['two']],
  ['changed and was changed back', ['two', 'one']],
]
const inputs: readonly (readonly [how: string, manifest: string])[] = [
  ['an input', `${rule('cat in > $out; echo >> begun; read line < go')}build made: make in\n`],
  [
    'a file that its depfile names',
    `${rule('cat in > $out; echo "$out: in" > $out.d; echo >> begun; read line < go', '  depfile = $out.d\n  deps = gcc\n')}build made: make\n`,
  ],
]

for (const [what, contents] of edits)
  for (const [how, manifest] of inputs)
    test.serial(`a task is not cached when ${how} ${what} during its run, and runs again`, async (t) => {
      const rig = new MillraceRig(t, { 'build.ninja': manifest, in: 'one' })
      rig.tool('mkfifo', ['go'])
      const { run } = rig.start(t, ['build', '--json'])
      await until('the command has begun', () => rig.has('begun'))
      for (const content of contents) rig.write('in', content)
      writeFileSync(rig.path('go'), 'go\n')
      const { code, stdout } = await run
      t.is(code, 0)
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      const succeeded = events.find(({ type }) => type === 'task-succeeded')
      t.deepEqual([succeeded.kept, succeeded.notKept], [undefined, { kind: 'input-changed', path: 'in' }])
      // Whichever content it read: no other build may take what it made for the result of one of them.
      for (const content of new Set(['one', 'two'])) {
        rig.write('in', content)
        rig.remove('made')
        rig.remove('begun')
        const later = rig.start(t, ['build', '--json'])
        await until('the command has begun', () => rig.has('begun'))
        writeFileSync(rig.path('go'), 'go\n')
        t.is((await later.run).code, 0)
        t.is(rig.read('made'), content)
      }
    })

test.serial('a result of which one blob is gone is no hit: the task runs, and is kept anew', async (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `${rule('cp in one && cp large two && cat in large > three')}build one two three: make in large\n`,
    in: 'small',
    large: 'x'.repeat(100_000),
  })
  rig.mustBuild(t)
  for (const path of ['in', 'large']) {
    const blobs = openDiskBlobStore({ directory: join(rig.cacheDirectory, 'millrace') })
    t.is(await blobs.remove([digestOf(readFileSync(rig.path(path)))]), 1)
    await blobs.close()
    for (const output of ['one', 'two', 'three']) rig.remove(output)
    const run = rig.build()
    t.deepEqual([run.ran, run.cached], [['one'], []])
    t.deepEqual(
      told(run, 'task-queued', 'miss').map((miss) => (miss as { kind: string }).kind),
      ['lost-blobs'],
    )
    for (const output of ['one', 'two', 'three']) rig.remove(output)
    t.deepEqual(rig.build().cached, ['one'])
    t.is(rig.read('three'), `small${'x'.repeat(100_000)}`)
  }
})

test('without the cache, nothing is taken from it and nothing is kept', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${rule('cp in $out')}build made: make in\n`, in: 'x' })
  rig.usesCache = false
  t.deepEqual(rig.mustBuild(t), ['made'])
  t.throws(() => readdirSync(rig.cacheDirectory), { code: 'ENOENT' })
  rig.usesCache = true
  rig.remove('made')
  t.deepEqual(rig.mustBuild(t), ['made'])
  rig.remove('made')
  rig.usesCache = false
  const run = rig.build()
  t.deepEqual([run.ran, run.cached, told(run, 'task-queued', 'miss')], [['made'], [], [{ kind: 'cache-off' }]])
})

test('the summary tells hits from runs, failures and what is up to date', (t) => {
  const manifest = `${rule('cp $in $out && ! grep -q bad $in')}build a: make s\nbuild b: make a\nbuild c: make s2\nbuild d: make c\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest, s: '1', s2: '2' })
  rig.mustBuild(t)
  rig.remove('b')
  rig.write('s2', 'bad')
  const run = rig.build('-k', '0')
  t.is(run.code, 1)
  t.like(run.events.at(-1), { total: 4, up_to_date: 1, cached: 1, run: 0, failed: 1, skipped: 1 })
  rig.write('s2', 'good')
  rig.remove('b')
  const { code, stdout } = rig.millrace(['build'])
  t.is(code, 0)
  t.regex(stdout, /^4 tasks: 1 up to date, 1 cached, 2 run, 0 failed, 0 skipped /m)
})

/** Whether a second checkout takes a task's result from the cache, when the command is this one (`@` is the checkout). */
const placed: readonly (readonly [what: string, command: string, isShared: boolean])[] = [
  ['what names no place', 'cp in $out', true],
  ['what is told the place and does not hold it', 'cp @/in $out', true],
  ['what holds the place', 'pwd > $out', false],
  ['what holds a path of the place among other bytes', 'printf "\\\\000%s\\\\000" $$(pwd)/in > $out', false],
  ['a link to a path of the place', 'ln -s $$(pwd)/in $out', false],
  ['a link within the place', 'ln -s in $out', true],
  ['an object', 'g++ -c a.cpp -o $out', true],
  ['an object of a source and directories named with the place', 'g++ -I@/include -c @/a.cpp -o $out', true],
  ['an object with debug information', 'g++ -g -c @/a.cpp -o $out', true],
  ['an object with a macro that holds the place', 'g++ -DWHERE=\\"@\\" -c a.cpp -o $out', false],
  ['the same in two words', 'g++ -D WHERE=\\"@\\" -c a.cpp -o $out', false],
  ['a program with a run path', 'g++ -nostdlib -shared -Wl,-rpath,@/lib a.cpp -o $out', false],
  ['the same in two words', 'g++ -nostdlib -shared -Wl,-rpath -Wl,@/lib a.cpp -o $out', false],
  ['the same in four words', 'g++ -nostdlib -shared -Xlinker -rpath -Xlinker @/lib a.cpp -o $out', false],
  ['the same with an equals sign', 'g++ -nostdlib -shared -Wl,-rpath=@/lib a.cpp -o $out', false],
  ['the same by another flag', 'g++ -nostdlib -shared -Wl,-R,@/lib a.cpp -o $out', false],
  ['a program with a loader', 'g++ -nostdlib -Wl,-e,a,-I,@/ld.so a.cpp -o $out', false],
  ['an object with a macro in quotes', 'g++ -D \'WHERE="@"\' -c a.cpp -o $out', false],
  ['an instrumented object', 'g++ -fprofile-generate -c a.cpp -o $out', false],
]

placed.forEach(([what, command, isShared], i) => {
  test(`another checkout ${isShared ? 'takes' : 'does not take'} ${what} (${i})`, (t) => {
    const checkout = (name: string) => {
      const rig = new MillraceRig(t, { in: 'content' }, name)
      rig.write(
        'a.cpp',
        '#ifndef WHERE\n#define WHERE ""\n#endif\nextern const char *a;\nconst char *a = WHERE;\nint f(int n) { return n + 1; }\n',
      )
      rig.write('build.ninja', `${rule(command.replaceAll('@', rig.directory))}build made: make a.cpp in\n`)
      return rig
    }
    const one = checkout('one')
    t.deepEqual(one.mustBuild(t), ['made'])
    one.remove('made')
    t.deepEqual(one.build().cached, ['made'], 'in the same place it is a hit')
    const two = checkout('another')
    two.cacheDirectory = one.cacheDirectory
    t.is(two.build().cached.includes('made'), isShared)
    const holds = spawnSync('grep', ['-c', one.directory, two.path('made')]).status === 0
    t.is(holds, command.includes(' -g '), 'only debug information may name the place where it was made')
  })
})

for (const [what, line] of [
  ['takes in a file by the assembler', 'asm(".section .rodata\\n.incbin \\"data.bin\\"\\n.text");'],
  ['asks whether a header is there', '#if __has_include("option.h")\n#include "option.h"\n#endif'],
] as const)
  test(`what is compiled of code that ${what} is not cached, wherever the code says so`, (t) => {
    const compile = 'rule cxx\n  command = g++ -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc\n'
    const rig = new MillraceRig(t, {
      'build.ninja': `${compile}build a.o: cxx a.cc\nbuild b.o: cxx b.cc\n`,
      'a.cc': `${line}\n`,
      'b.cc': '#include "a.cc"\n',
      'data.bin': 'one',
    })
    const first = rig.build('-j1')
    t.deepEqual(told(first, 'task-succeeded', 'notKept'), [
      { kind: 'unseen-reads', path: 'a.cc' },
      { kind: 'unseen-reads', path: 'a.cc' },
    ])
    t.deepEqual([...runsAgain(t, rig, 'a.o', 'b.o').ran].sort(), ['a.o', 'b.o'])
  })

test('a command that mentions a file which can not be read is run and not cached', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${rule('echo loop > $out')}build made: make\n` })
  rig.tool('ln', ['-s', 'loop', 'loop'])
  const first = rig.build()
  t.is(first.code, 0, first.stderr)
  t.deepEqual(told(first, 'task-queued', 'miss'), [{ kind: 'uncacheable', because: 'undeclared-inputs' }])
})

test('a place in the search path that is no directory, or can not be looked into, stops no build', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': `${rule('cp in $out')}build made: make\n`, in: 'x', file: '' })
  rig.tool('ln', ['-s', 'round', 'round'])
  rig.tool('mkdir', ['-p', 'odd/cp'])
  rig.variables = { PATH: [rig.path('round'), rig.path('file'), rig.path('odd'), process.env.PATH].join(':') }
  t.deepEqual(rig.mustBuild(t), ['made'])
})
