import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { edit, wheelRig } from './wheel-tree.ts'

function diff(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): string {
  const { code, stdout, stderr } = rig.millrace(['replay', '--diff', ...args])
  t.is(code, 0, stderr)
  return stdout
}

test('targets, graph, tools, sources and ends of two builds are held against each other', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  edit(rig, 'build.ninja', 'build all: phony app libw.a', 'build extra: generate wheel.txt\nbuild all: phony app extra')
  edit(rig, 'build.ninja', '-O1', '-O2')
  rig.write('main.cpp', `${rig.read('main.cpp')}int more;\n`)
  rig.append('generate.sh', 'echo\n')
  rig.mustBuild(t, '-k0', 'app')
  const text = diff(t, rig, '@2')
  t.regex(text, /^was {2}build \w{26} of .*, succeeded: 5 ran \([\d.]+ s, commands [\d.]+ s\)\nis {3}build \w{26} of /)
  t.regex(text, /^request \(2\)\n {2}targets: the default ones -> app\n {2}failures at most: 1 -> no limit\n/m)
  t.regex(text, /^tasks added \(1\)\n {2}extra\n/m)
  t.regex(text, /^ {2}main\.o\n {4}command - -O1\n {4}command \+ -O2\n/m)
  t.regex(text, /^tools and variables \(1\)\n {2}tool: .*generate\.sh \([0-9a-f]{8} -> [0-9a-f]{8}\)\n/m)
  t.regex(text, /^sources \(1\)\n {2}main\.cpp \([0-9a-f]{8} -> [0-9a-f]{8}\)\n/m)
  t.regex(text, /^time of tasks that ran in both \(\d\)\n {2}\S+: [\d.]+ s -> [\d.]+ s\n/m)
})

test('a build that did nothing is compared by what its tasks last read', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.mustBuild(t)
  t.regex(diff(t, rig, '@1'), /\n\nnothing else differs\n$/)
  rig.write('wheel.txt', '4\n')
  rig.mustBuild(t)
  const text = diff(t, rig, '@2')
  t.regex(text, /^sources \(1\)\n {2}wheel\.txt \(/m)
  t.regex(text, /^tasks that ended otherwise \(4\)\n {2}wheel\.hpp: up to date -> ran, input changed: wheel\.txt \(/m)
  t.regex(diff(t, rig, '@1', '@2'), /^ {2}wheel\.hpp: ran -> up to date$/m)
})

test('the place of a checkout is no difference', (t) => {
  const rig = wheelRig(t, 'one', 'two')
  rig.mustBuild(t, '-C', 'one')
  rig.mustBuild(t, '-C', 'two')
  const { request, graph, sources, surroundings, ends, builds } = JSON.parse(diff(t, rig, '@2', '--json'))
  t.deepEqual(request, [{ name: 'directory', was: rig.path('one'), is: rig.path('two') }])
  t.deepEqual(graph, { added: [], removed: [], changed: [] })
  t.deepEqual([sources, surroundings], [[], []])
  t.deepEqual(new Set(ends.map(({ was, is }: { was: string; is: string }) => `${was} ${is}`)), new Set(['ran cached']))
  t.deepEqual([builds[0].counts, builds[1].counts], [{ ran: 5 }, { cached: 5 }])
})

test('outputs that differ although nothing that went into them does are named with both digests', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule r\n  command = cat /proc/sys/kernel/random/uuid > $out\nbuild x: r\n',
  })
  rig.mustBuild(t, '--no-cache')
  rig.remove('x')
  rig.mustBuild(t, '--no-cache')
  t.regex(diff(t, rig, '@2'), /^other outputs from equal inputs \(1\)\n {2}x \([0-9a-f]{8} -> [0-9a-f]{8}\)\n/m)
})

test('long sections are cut short, and whole with -v', (t) => {
  const names = Array.from({ length: 30 }, (_, i) => `f${i}`)
  const rig = new MillraceRig(t, {
    'build.ninja': `rule r\n  command = echo > $out\n${names.map((name) => `build ${name}: r\n`).join('')}`,
  })
  rig.mustBuild(t)
  rig.mustBuild(t)
  t.regex(
    diff(t, rig, '@2'),
    /^tasks that ended otherwise \(30\)\n(?: {2}f\d+: ran -> up to date\n){20} {2}\.\.\. and 10 more\n$/m,
  )
  t.notRegex(diff(t, rig, '@2', '-v'), /more$/m)
})

test('--diff is refused beside other ways to look at a build, and for a build that is not there', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule r\n  command = echo > $out\nbuild x: r\n' })
  rig.mustBuild(t)
  const refusal = (...args: string[]) => {
    const { code, stdout, stderr } = rig.millrace(['replay', ...args])
    t.is(code, 2)
    t.is(stdout, '')
    return stderr
  }
  t.is(refusal('--diff', 'last', '--verify'), "millrace: --verify and --diff can't be used together\n")
  t.is(refusal('--diff', '@2'), 'millrace: there is no build @2: 1 on record, @1 is the newest\n')
})
