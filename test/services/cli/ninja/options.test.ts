import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { ninjaVersion } from '../../../../machines/graph/ninja/ninja-version.ts'
import { until } from '../../../rig/until.ts'
import { DropIn, launcher } from './drop-in.ts'

const tree = {
  'build.ninja': `rule copy
  command = cp $in $out
  description = COPY $out
rule fail
  command = echo oh no && exit 7
  description = FAIL $out
build a: copy source
build b: copy a
build bad: fail
build worse: fail
default b
`,
  source: 'one\n',
}

test('the version is that of the ninja whose manifests are understood', (t) => {
  const ninja = new DropIn(t)
  t.deepEqual(ninja.ninja('--version'), { code: 0, stdout: `${ninjaVersion}\n`, stderr: '' })
  t.deepEqual(ninja.ninja('-v', '--vers', '-x'), { code: 0, stdout: `${ninjaVersion}\n`, stderr: '' })
  t.false(ninja.has('../state'), 'nothing is opened for it')
})

test('options are taken in all forms that getopt takes', (t) => {
  const ninja = new DropIn(t, tree)
  const lines = '[1/2] cp source a\n[2/2] cp a b\n'
  const entering = `ninja: Entering directory \`${ninja.directory}'\n`
  for (const args of [['-nv'], ['-vn', '-j4', '-k', '0', '-l2.5'], ['b', '-vn', '-j', '0'], ['-nv', '--', 'b']])
    t.is(ninja.same(t, ...args), lines)
  for (const args of [
    ['--verbo', '-nC', ninja.directory],
    [`-nvC${ninja.directory}`, '-fbuild.ninja', '-wdupbuild=err'],
  ])
    t.is(ninja.same(t, ...args), entering + lines)
  t.is(ninja.same(t, '-n', 'a'), '[1/1] COPY a\n')
  t.is(ninja.ninja('-n', '-d', 'stats', '-d', 'keeprsp', 'a').stdout, '[1/1] COPY a\n')
})

test('a mistake in the command line is told in the words of ninja, with its exit code', (t) => {
  const ninja = new DropIn(t, tree)
  const wrong = [
    ['-j4x'],
    ['-j', '-1'],
    ['-kx'],
    ['-lx'],
    ['-d', 'explian'],
    ['-w', 'nonsense'],
    ['-C', 'nowhere'],
    ['-C', 'source'],
    ['-f', 'nowhere.ninja'],
    ['-f', '.'],
    ['-C', 'nowhere', '-t', 'targets'],
    ['-f', 'nowhere.ninja', '-t', 'targets'],
    ['-f', 'nowhere.ninja', '-t', 'recompact'],
    ['-C', 'nowhere', '-t', 'restat', 'a'],
    ['-t', 'foo'],
    ['-t', 'targts'],
    ['-t', 'targets', 'dept'],
    ['-t', 'query'],
    ['-t', 'query', 'nowhere'],
    ['-t', 'commands', 'b^'],
    ['-t', 'commands', 'clean'],
    ['-t', 'clean', '-r'],
    ['-t', 'commands', '-z'],
    ['-t', 'inputs', '--nothing'],
    ['-t', 'compdb', '-h'],
    ['-t', 'rules', '-h'],
    ['-t', 'restat', '-z'],
  ]
  for (const args of wrong) {
    ninja.same(t, ...args)
    t.is(ninja.ninja(...args).code, 1)
  }
  for (const args of [['-z'], ['--foo'], ['--ver'], ['--quiet=1'], ['-j'], ['-h']]) {
    const [ours, theirs] = [ninja.ninja(...args), ninja.realNinja(...args)]
    t.is(ours.code, theirs.code)
    t.is(ours.stderr.split('\n')[0], theirs.stderr.split('\n')[0])
    t.regex(ours.stderr, /^usage: ninja \[options\] \[targets\.\.\.\]$/m)
  }
})

test('what can be listed is listed, and ends as with ninja', (t) => {
  const ninja = new DropIn(t)
  t.regex(ninja.ninja('-t', 'list').stdout, /^ninja subtools:\n +clean {2}clean built files\n(?: *\w+ {2}.+\n)+$/)
  t.is(ninja.ninja('-t', 'list').code, 0)
  t.regex(ninja.ninja('-d', 'list').stdout, /^debugging modes:\n {2}explain /)
  t.is(ninja.ninja('-d', 'list').code, 1)
  t.regex(ninja.ninja('-w', 'list').stdout, /^warning flags/)
})

test('a build prints what ninja prints', (t) => {
  const [ours, theirs] = [new DropIn(t, tree), new DropIn(t, tree)]
  for (const args of [[], [], ['--quiet'], ['-C', '.'], ['-C', '.', '--quiet', 'a'], ['-v', 'source'], ['nowhere']]) {
    const [our, their] = [ours.ninja('-j1', ...args), theirs.realNinja('-j1', ...args)]
    // Ninja 1.11 says so in spite of --quiet; 1.12, which we speak, does not.
    const expected = args.includes('--quiet') ? their.stdout.replace('ninja: no work to do.\n', '') : their.stdout
    t.deepEqual([our.code, our.stdout, our.stderr], [their.code, expected, their.stderr], args.join(' '))
  }
})

test('a build that fails says why it stopped, and ends with 1', (t) => {
  const ninja = new DropIn(t, tree)
  const stops = (args: readonly string[], why: string) => {
    const { code, stdout } = ninja.ninja('-j1', ...args, 'bad', 'worse')
    t.is(code, 1)
    t.true(stdout.endsWith(`\noh no\nninja: build stopped: ${why}.\n`), stdout)
    t.is(
      ninja
        .realNinja('-j1', ...args, 'bad', 'worse')
        .stdout.split('\n')
        .at(-2),
      stdout.split('\n').at(-2),
    )
  }
  stops([], 'subcommand failed')
  stops(['-k2'], 'subcommands failed')
  stops(['-k', '3'], 'cannot make progress due to previous errors')
  stops(['-k0'], 'cannot make progress due to previous errors')
  const { code, stdout } = ninja.ninja('--quiet', 'bad')
  t.is(code, 1)
  t.regex(stdout, /^FAILED: .*bad\n/)
})

test('a missing source and a damaged manifest are one line, and end with 1', (t) => {
  const ninja = new DropIn(t, tree)
  ninja.remove('source')
  t.deepEqual(ninja.ninja(), {
    code: 1,
    stdout: '',
    stderr: "ninja: error: 'source', needed by 'a', is missing and no task makes it\n",
  })
  ninja.write('build.ninja', 'rule\n')
  for (const args of [[], ['-t', 'targets']]) {
    const { code, stdout, stderr } = ninja.ninja(...args)
    t.is(code, 1)
    t.is(stdout, '')
    t.regex(stderr, /^ninja: error: build\.ninja:1:\d+: [^\n]+\n$/)
  }
})

test('-d explain says why each task runs', (t) => {
  const ninja = new DropIn(t, tree)
  t.regex(ninja.ninja('-d', 'explain').stderr, /^ninja explain: a: no record\nninja explain: b: no record\n$/)
  t.is(ninja.ninja('-d', 'explain').stderr, '')
  ninja.write('source', 'two\n')
  t.regex(ninja.ninja('-dexplain').stderr, /^ninja explain: a: input changed: source\n/)
})

test('an interrupted build ends with 130', async (t) => {
  const ninja = new DropIn(t, { 'build.ninja': 'rule r\n  command = touch begun && sleep 60\nbuild x: r\n' })
  const child = spawn(process.execPath, [launcher], {
    cwd: ninja.directory,
    env: { ...process.env, XDG_STATE_HOME: ninja.stateDirectory, XDG_CACHE_HOME: ninja.cacheDirectory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    stdout += piece
  })
  await until('the task began', () => ninja.has('begun'))
  child.kill('SIGINT')
  t.deepEqual(await ended, [130, null])
  t.regex(stdout, /ninja: build stopped: interrupted by user\.\n$/)
})
