import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { edit, wheelRig } from './wheel-tree.ts'

test('--explain tells for each task why it runs and what the cache had', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  rig.write('wheel.txt', '4\n')
  rig.remove('main.o')
  const { code, stdout, stderr } = rig.millrace(['build', '--explain'])
  t.is(code, 0)
  t.deepEqual(stderr.trimEnd().split('\n').toSorted(), [
    'app: input changed: libw.a; cache: no result of this command, inputs and tools is cached',
    'libw.a: input changed: wheel.o; cache: no result of this command, inputs and tools is cached',
    stderr.split('\n').find((line) => line.startsWith('main.o'))!,
    'wheel.hpp: input changed: wheel.txt; cache: no result of this command, inputs and tools is cached',
    'wheel.o: input changed: wheel.hpp; cache: it is cached only with other contents of what it reads',
  ])
  t.regex(stderr, /^main\.o: from the cache \(built .* by local\): output missing: main\.o$/m)
  t.notRegex(stdout, /input changed/)
})

test('without it nothing is explained', (t) => {
  const rig = wheelRig(t)
  t.is(rig.millrace(['build']).stderr, '')
})

test('--explain with a dry run tells what the plan knows, and what waits for what', (t) => {
  const rig = wheelRig(t)
  rig.mustBuild(t)
  edit(rig, 'wheel.txt', '3', '4')
  const { code, stdout } = rig.millrace(['build', '-n', '--explain'])
  t.is(code, 0)
  t.deepEqual(
    stdout.split('\n').filter((line) => line !== '' && !line.startsWith('[')),
    [
      'wheel.hpp: input changed: wheel.txt',
      'wheel.o: may run when wheel.hpp has',
      'libw.a: may run when wheel.o has',
      'app: may run when libw.a has',
    ],
  )
})

test('on a terminal the reasons stand above the status lines and stay', (t) => {
  requireTool('script')
  const rig = new MillraceRig(t, { 'build.ninja': 'rule r\n  command = echo > $out\nbuild x: r\n' })
  const { stdout } = rig.shell(
    `TERM=xterm script -qfec "'${process.execPath}' '${import.meta.dirname}/../../../services/cli/millrace.cjs' build --explain" /dev/null`,
  )
  t.regex(stdout, /x: no record; cache: no result of this command, inputs and tools is cached\r\n/)
  t.regex(stdout, /1 tasks: 0 up to date, 0 cached, 1 run/)
})

test('--explain is refused with --json, whose events tell it', (t) => {
  const { code, stderr } = new MillraceRig(t).millrace(['build', '--json', '--explain'])
  t.is(code, 2)
  t.regex(stderr, /'--explain' cannot be used with option '--json'/)
})
