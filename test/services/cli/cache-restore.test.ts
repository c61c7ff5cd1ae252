import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { launcher, MillraceRig } from '../../rig/millrace.ts'

/** Sizes of contents that the cache keeps in its three ways: in a row, in a file, in a file that is copied in pieces. */
const sizes = [100, 100_000, 3_000_000]

/** A tree with one task, whose result is in the cache and whose output is not there. */
function withCachedOutput(t: ExecutionContext, size: number): MillraceRig {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule copy\n  command = cp $in $out\nbuild made: copy in\n',
    in: 'x'.repeat(size),
  })
  t.deepEqual(rig.mustBuild(t), ['made'])
  rig.remove('made')
  return rig
}

function takesFromCache(t: ExecutionContext, rig: MillraceRig, ...cached: readonly string[]): void {
  const run = rig.build()
  t.deepEqual([run.code, run.ran, run.cached], [0, [], cached], run.stderr)
  t.is(run.stderr, '')
}

for (const size of sizes) {
  test(`an output of ${size} bytes takes the place of a read-only file, and of a link without writing through it`, (t) => {
    const rig = withCachedOutput(t, size)
    rig.write('made', 'old')
    chmodSync(rig.path('made'), 0o444)
    takesFromCache(t, rig, 'made')
    t.is(rig.read('made'), rig.read('in'))

    for (const target of ['elsewhere', rig.path('elsewhere'), 'nowhere']) {
      rig.write('elsewhere', 'precious')
      rig.remove('made')
      symlinkSync(target, rig.path('made'))
      takesFromCache(t, rig, 'made')
      t.true(lstatSync(rig.path('made')).isFile())
      t.is(rig.read('made'), rig.read('in'))
      t.is(rig.read('elsewhere'), 'precious')
      t.false(rig.has('nowhere'))
    }
  })

  test(`an output of ${size} bytes leaves other names of the file in its place alone`, (t) => {
    const rig = withCachedOutput(t, size)
    rig.write('other', 'precious')
    linkSync(rig.path('other'), rig.path('made'))
    takesFromCache(t, rig, 'made')
    t.is(rig.read('made'), rig.read('in'))
    t.is(rig.read('other'), 'precious')
  })

  test(`what becomes of an output of ${size} bytes in the tree does not reach the cache`, (t) => {
    const rig = withCachedOutput(t, size)
    for (const flag of ['a', 'r+'] as const) {
      takesFromCache(t, rig, 'made')
      writeFileSync(rig.path('made'), 'in place', { flag })
      rig.remove('made')
    }
    takesFromCache(t, rig, 'made')
    t.is(rig.read('made'), rig.read('in'))
    // Nor does what is done to the file that a result was kept from.
    rig.append('in', 'y')
    t.deepEqual(rig.mustBuild(t), ['made'])
    writeFileSync(rig.path('made'), 'in place', { flag: 'r+' })
    takesFromCache(t, rig, 'made')
    t.is(rig.read('made'), rig.read('in'))
  })
}

test('an executable output takes the place of one that is running', async (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja':
      'rule copy\n  command = cp $in $out && printf "$end" >> $out\nbuild made: copy program\n  end = $end\n',
  })
  const manifest = (end: string) =>
    `rule copy\n  command = cp $in $out && printf "${end}" >> $out\nbuild made: copy program\n`
  rig.tool('cp', [process.execPath, 'program'])
  rig.write('build.ninja', manifest('one'))
  rig.mustBuild(t)
  rig.write('build.ninja', manifest('two'))
  rig.mustBuild(t)
  rig.write('build.ninja', manifest('one'))
  const child = spawn(rig.path('made'), ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  takesFromCache(t, rig, 'made')
  t.is(child.exitCode, null)
  t.is(rig.tool('tail', ['-c', '3', 'made']), 'one')
  t.is(rig.tool(rig.path('made'), ['-p', '1']), '1\n')
})

test('executable bits come back, and are what tells an output that is there already from one that is not', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule script\n  command = cp in $out && chmod +x $out\nbuild made: script in\n',
    in: '#!/bin/sh\necho hello\n',
  })
  rig.mustBuild(t)
  const mode = statSync(rig.path('made')).mode
  rig.remove('made')
  takesFromCache(t, rig, 'made')
  t.is(statSync(rig.path('made')).mode, mode)
  rmSync(rig.stateDirectory, { recursive: true })
  chmodSync(rig.path('made'), 0o644)
  takesFromCache(t, rig, 'made')
  t.is(statSync(rig.path('made')).mode, mode)
})

/** As CMake links a shared library: the links are outputs of one task, and name each other in any order. */
const links =
  'rule library\n  command = cp in lib.so.1.2 && ln -sf lib.so.1.2 lib.so.1 && ln -sf lib.so.1 lib.so\nbuild lib.so lib.so.1 lib.so.1.2: library in\n'
const readers = 'rule read\n  command = cat $in > $out\nbuild copy: read lib.so\n'

test('links that are declared before what they name come back as links, and stand in the next build', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': links + readers, in: 'one' })
  rig.mustBuild(t)
  const forget = () => {
    for (const path of ['lib.so', 'lib.so.1', 'lib.so.1.2', 'copy']) rig.remove(path)
  }
  forget()
  takesFromCache(t, rig, 'lib.so', 'copy')
  t.deepEqual([readlinkSync(rig.path('lib.so')), readlinkSync(rig.path('lib.so.1'))], ['lib.so.1', 'lib.so.1.2'])
  takesFromCache(t, rig)
  rig.write('in', 'two')
  t.deepEqual(rig.mustBuild(t), ['lib.so', 'copy'])
  rig.write('in', 'one')
  takesFromCache(t, rig, 'lib.so', 'copy')
  t.is(rig.read('copy'), 'one')
  takesFromCache(t, rig)
})

test('a link that would lead nowhere is not taken from the cache', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule link\n  command = ln -sf data $out\nbuild link: link\n',
    data: 'one',
  })
  rig.mustBuild(t)
  rig.remove('link')
  rig.remove('data')
  const { code, ran, cached } = rig.build()
  t.deepEqual([code, ran, cached], [0, ['link'], []])
})

test('links to what another task makes come back with what that holds now', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `rule copy\n  command = cp $in $out\nrule link\n  command = ln -sf data $out\nbuild data: copy in\nbuild link: link | data\nbuild copy: copy link\n`,
    in: 'one',
  })
  rig.mustBuild(t)
  rig.write('in', 'two')
  rig.mustBuild(t)
  for (const path of ['data', 'link', 'copy']) rig.remove(path)
  rig.write('in', 'one')
  takesFromCache(t, rig, 'data', 'link', 'copy')
  t.is(rig.read('copy'), 'one')
  takesFromCache(t, rig)
})

test('a directory in the place of an output, or a file in that of its directory, fails no build', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule copy\n  command = rm -rf d/made && cp $in $out\nbuild d/made: copy in\n',
    in: 'content',
  })
  rig.mustBuild(t)
  rig.remove('d')
  mkdirSync(rig.path('d/made'), { recursive: true })
  t.deepEqual(rig.mustBuild(t), ['d/made'])
  t.is(rig.read('d/made'), 'content')
  rig.remove('d')
  rig.write('d', 'a file')
  const { code, stdout } = rig.millrace(['build'])
  t.is(code, 1)
  t.regex(stdout, /^FAILED: .*d\/made$/m)
  rig.remove('d')
  takesFromCache(t, rig, 'd/made')
})

test('a large output that was edited is known by what it holds once it was taken from the cache', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `rule copy\n  command = cp $in $out\nbuild made: copy in\nbuild again: copy made\n`,
    in: 'x'.repeat(3_000_000),
  })
  rig.mustBuild(t)
  for (let i = 0; i < 5; i++) {
    rmSync(rig.stateDirectory, { recursive: true })
    rig.write('made', `${i}`.repeat(3_000_000))
    takesFromCache(t, rig, 'made', 'again')
    takesFromCache(t, rig)
  }
})

/** What `millrace build` prints in the tree, byte by byte, without its last line, which tells the time. */
function printedBy(t: ExecutionContext, rig: MillraceRig): Buffer {
  t.is(rig.shell(`'${process.execPath}' '${launcher}' build > ${rig.stateDirectory}.printed`).code, 0)
  const printed = readFileSync(`${rig.stateDirectory}.printed`)
  return printed.subarray(0, printed.lastIndexOf('\n', printed.byteLength - 2) + 1)
}

const prints: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a line without an end', Buffer.from('one\ntwo')],
  ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0xc3, 0x0a])],
  ['a megabyte', Buffer.from('a line that is not very long\n'.repeat(36_000))],
]

for (const [what, bytes] of prints)
  test(`${what} that a command printed are shown again as they were when its result is taken`, (t) => {
    const manifest = 'rule say\n  command = cat words && cp in $out\nbuild made: say in | words\n'
    const rig = new MillraceRig(t, { 'build.ninja': manifest, in: 'x' })
    writeFileSync(rig.path('words'), bytes)
    const ran = printedBy(t, rig)
    t.true(ran.includes(bytes))
    rig.remove('made')
    const cached = printedBy(t, rig)
    t.true(existsSync(rig.path('made')))
    t.is(Buffer.compare(cached, ran), 0, cached.subarray(0, 300).toString())
  })

test('colours that a command printed are as they were in the events', (t) => {
  const manifest = 'rule say\n  command = printf "\\033[31mred\\033[0m" && cp in $out\nbuild made: say in\n'
  const rig = new MillraceRig(t, { 'build.ninja': manifest, in: 'x' })
  const outputs = () => rig.build().events.flatMap(({ output }) => (output === undefined ? [] : [output]))
  const ran = outputs()
  t.deepEqual(ran, [{ text: '\x1b[31mred\x1b[0m' }])
  rig.remove('made')
  t.deepEqual(outputs(), ran)
})

test('of what a command printed, the paths of the place where it ran give way to those of this one', (t) => {
  const files = {
    'build.ninja':
      'rule say\n  command = p=`pwd`; echo "in $$p/in:1: warning; $$p-not" && cp in $out\nbuild made: say in\n',
    in: 'x',
  }
  const one = new MillraceRig(t, files, 'one')
  t.true(printedBy(t, one).includes(`in ${one.directory}/in:1: warning; ${one.directory}-not`))
  const two = new MillraceRig(t, files, 'two')
  two.cacheDirectory = one.cacheDirectory
  const printed = printedBy(t, two)
  t.true(printed.includes(`in ${two.directory}/in:1: warning; ${one.directory}-not`), printed.toString())
})
