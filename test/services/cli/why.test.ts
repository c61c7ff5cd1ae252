import test from 'ava'
import { edit, wheelRig } from './wheel-tree.ts'
import { answer, digests, lastBuild, why } from './why-questions.ts'

test('a change of a source is followed to everything that ran because of it', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.write('wheel.txt', '4\n')
  rig.mustBuild(t)
  const chain = [
    `reason: +input changed: libw.a ${digests}`,
    ` {12}libw.a ran: input changed: wheel.o ${digests}`,
    ` {14}wheel.o ran: input changed: wheel.hpp ${digests}`,
    ` {16}wheel.hpp ran: input changed: wheel.txt ${digests}`,
  ]
  t.regex(why(t, rig, 'app'), new RegExp(`^${chain.join('\n')}$`, 'm'))
  t.regex(
    why(t, rig, './wheel.o'),
    /cache: +it is cached only with other contents of what it reads\n +its nearest run .* as above\n/,
  )
  const { causes, build } = answer(t, rig, 'app')
  t.deepEqual(
    causes.map((cause: { task: string; build: string; end: string }) => [cause.task, cause.build, cause.end]),
    ['libw.a', 'wheel.o', 'wheel.hpp'].map((task) => [task, build, 'ran']),
  )
})

test('a change that an earlier build made is followed into that one', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.write('wheel.txt', '4\n')
  rig.mustBuild(t, 'libw.a')
  const earlier = lastBuild(rig)
  rig.mustBuild(t)
  t.regex(why(t, rig, 'app'), new RegExp(`libw.a ran in build ${earlier}: input changed: wheel.o ${digests}\n`))
})

test('changed flags are told word by word', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  edit(rig, 'build.ninja', '-O1', '-O2 -DX=2')
  rig.mustBuild(t)
  const text = why(t, rig, 'main.o')
  t.regex(text, /^reason: +command changed\n +command - -O1\n +command \+ -O2 -DX=2\ncache: /m)
  t.notRegex(text, /^also:/m)
})

test('a changed tool and a variable that was set are named, with what differs beside', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.append('generate.sh', 'echo "// more"\n')
  edit(rig, 'main.cpp', '- spokes', '+ spokes')
  t.is(rig.millrace(['build'], { CPATH: '/nowhere' }).code, 0)
  t.regex(why(t, rig, 'wheel.hpp'), new RegExp(`^reason: +tool changed: ./generate.sh ${digests}$`, 'm'))
  const text = why(t, rig, 'main.o')
  t.regex(text, /^reason: +variable set: CPATH \(not set -> [0-9a-f]{8}\)$/m)
  t.regex(text, new RegExp(`^also: +input: main.cpp ${digests}$`, 'm'))
})

test('a header that shadows another one is named with it', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.write('first/spoke.hpp', 'const int spokes = 5;\n')
  rig.mustBuild(t)
  t.regex(why(t, rig, 'main.o'), /^reason: +header shadowed: first\/spoke.hpp comes before second\/spoke.hpp$/m)
})

test('a phony task tells what it stands for', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.write('main.cpp', `${rig.read('main.cpp')}int more;\n`)
  rig.mustBuild(t)
  const text = why(t, rig, 'all')
  t.regex(text, new RegExp(`^groups: +app: ran: input changed: main.o ${digests}\n +libw.a: up to date$`, 'm'))
})

test('what names no task is refused with the closest name, and so is a source', (t) => {
  const rig = wheelRig(t)
  const refusal = (...args: readonly string[]) => {
    const { code, stdout, stderr } = rig.millrace(['why', ...args])
    t.is(code, 2)
    t.is(stdout, '')
    return stderr
  }
  t.is(refusal('app'), 'millrace: no build is on record\n')
  rig.mustBuild(t)
  t.is(refusal('apq'), "millrace: unknown target 'apq', did you mean 'app'?\n")
  t.is(answer(t, rig, rig.path('app')).task, 'app')
  t.is(refusal('main.cpp'), "millrace: 'main.cpp' is a file that no task makes\n")
  t.regex(refusal('app', '--build', 'nothing'), /^millrace: no build 'nothing'/)
})
