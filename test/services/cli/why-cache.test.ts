import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { edit, wheelRig } from './wheel-tree.ts'
import { answer, digests, lastBuild, why } from './why-questions.ts'

test('a first run has no record, no result in the cache and none near', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  const text = why(t, rig, 'app')
  t.regex(text, new RegExp(`^task: +app\nverdict: +ran in build ${lastBuild(rig)} \\(.*\\) on local for [\\d.]+ s\n`))
  t.regex(text, /^reason: +no record$/m)
  t.regex(
    text,
    /^cache: +no result of this command, inputs and tools is cached\nkept: +yes, the cache has the result now\n$/m,
  )
})

test('what is deleted or changed by hand comes from the cache, and the run that made it is named', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  const first = lastBuild(rig)
  rig.remove('main.o')
  rig.write('libw.a', 'by hand\n')
  t.deepEqual(rig.mustBuild(t), [])
  for (const [task, reason] of [
    ['main.o', 'output missing: main.o'],
    ['libw.a', 'output changed: libw.a'],
  ] as const) {
    const text = why(t, rig, task)
    t.regex(text, /^verdict: +taken from the cache in build /m)
    t.regex(text, new RegExp(`^reason: +${reason}$`, 'm'))
    t.regex(text, new RegExp(`^cache: +made by build ${first} \\(.*\\) on local for [\\d.]+ s$`, 'm'))
  }
  const { made, verdict } = answer(t, rig, 'app')
  t.is(verdict, 'up-to-date')
  t.is(made.build, first)
  rig.mustBuild(t)
  t.is(answer(t, rig, 'main.o').made.origin.build, first)
})

test('in a second checkout the first one is named, and in what the nearest run of it differs', (t) => {
  const rig = wheelRig(t, 'one', 'two')
  rig.mustBuild(t, '-C', 'one')
  const first = lastBuild(rig)
  edit(rig, 'two/main.cpp', '- spokes', '+ spokes')
  rig.mustBuild(t, '-C', 'two')
  t.regex(
    why(t, rig, 'libw.a'),
    new RegExp(`^cache: +made by build ${first} \\(.*\\) in ${rig.path('one')} on local`, 'm'),
  )
  const text = why(t, rig, '-C', 'two', 'main.o')
  t.regex(text, /^cache: +no result of this command, inputs and tools is cached$/m)
  t.regex(
    text,
    new RegExp(` its nearest run is that of build ${first} \\(.*\\) in ${rig.path('one')}, from which differ:$`, 'm'),
  )
  t.regex(text, new RegExp(`^ +input: main.cpp ${digests}$`, 'm'))
  t.is(answer(t, rig, '-C', 'one', 'main.o').build, first)
})

test('of what is up to date the build is named that made it', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  const first = lastBuild(rig)
  for (let i = 0; i < 2; i++) rig.mustBuild(t)
  const text = why(t, rig, 'app')
  t.regex(text, new RegExp(`^verdict: +up to date in build ${lastBuild(rig)} `, 'm'))
  t.regex(text, new RegExp(`^made by: +build ${first} \\(.*\\) on local for [\\d.]+ s$`, 'm'))
  t.regex(text, /^same: +2 inputs, \d+ tools and \d+ variables are as they were then$/m)
  t.is(answer(t, rig, 'app', '--build', first).verdict, 'ran')
})

test('a failed task, one that was skipped for it, and one that nobody asked for', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t, 'libw.a')
  const first = lastBuild(rig)
  rig.write('main.cpp', 'nonsense\n')
  t.is(rig.build().code, 1)
  t.regex(why(t, rig, 'main.o'), /^verdict: +failed in build .* on local for [\d.]+ s: user, exit code 1$/m)
  t.regex(why(t, rig, 'app'), /^verdict: +skipped in build .*: it needs main.o, which failed$/m)
  t.regex(
    why(t, rig, 'app', '--build', first),
    /^verdict: +not wanted in build .*: nothing that was asked for needs it$/m,
  )
  edit(rig, 'main.cpp', 'nonsense', 'int main() {}')
  rig.mustBuild(t)
  t.regex(why(t, rig, 'main.o'), /^reason: +no record: it failed in build \w{26} \(.*\)$/m)
})

test('a result that was not kept and a task that is never cached say why', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': `rule stamp
  command = touch $out
rule console
  command = echo > $out
  pool = console
build stamp: stamp
build shown: console
`,
  })
  rig.mustBuild(t)
  t.regex(why(t, rig, 'stamp'), /^kept: +no: its outputs are empty$/m)
  t.regex(why(t, rig, 'shown'), /^cache: +never cached: it works on the terminal$/m)
})

test('with the cache off that is the answer', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule r\n  command = echo > $out\nbuild x: r\n' })
  rig.mustBuild(t, '--no-cache')
  t.regex(why(t, rig, 'x'), /^cache: +the cache is off$/m)
})

test('an earlier build whose log is damaged is named and left out', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule r\n  command = cat in > $out\nbuild x: r in\n', in: '1' })
  rig.mustBuild(t)
  const first = lastBuild(rig)
  rig.write('in', '2')
  rig.mustBuild(t)
  const db = new DatabaseSync(join(rig.stateDirectory, 'millrace', 'millrace.db'))
  db.prepare("UPDATE commits SET body = CAST('damaged' AS BLOB) WHERE build_id = ?").run(first)
  db.close()
  const { code, stdout, stderr } = rig.millrace(['why', 'x'])
  t.is(code, 0)
  t.regex(stdout, new RegExp(`^reason: +input changed: in ${digests}$`, 'm'))
  t.regex(stderr, new RegExp(`^warning: commit 1 of build ${first} is damaged: [^\n]+; left out\n$`))
})
