import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { chain } from './replay-trees.ts'

test('past builds are listed newest first, with how they ended and what they were asked for', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t, 'b')
  rig.mustBuild(t)
  rig.write('other/build.ninja', 'rule bad\n  command = exit 1\nbuild x: bad\n')
  t.is(rig.build('-C', 'other').code, 1)
  const { code, stdout } = rig.millrace(['builds'])
  t.is(code, 0)
  const [titles, ...lines] = stdout.trimEnd().split('\n')
  t.regex(titles!, /^build +when +status +tasks +time +directory and targets$/)
  t.is(lines.length, 3)
  t.regex(lines[0]!, /^\w{26} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \([\w ]+\) +failed +1 failed +\d\.\d\d s +\S+\/other$/)
  t.regex(lines[1]!, new RegExp(` succeeded +1 run, 2 up to date .* ${rig.directory}$`))
  t.regex(lines[2]!, new RegExp(` succeeded +2 run .* ${rig.directory}: b$`))
})

test('the list can be cut short, be of one directory and be read by programs', (t) => {
  const rig = new MillraceRig(t, chain)
  rig.mustBuild(t)
  rig.write('other/build.ninja', 'rule r\n  command = touch $out\nbuild x: r\n')
  rig.mustBuild(t, '-C', 'other', 'x')
  const list = (...args: string[]) =>
    rig
      .millrace(['builds', '--json', ...args])
      .stdout.split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  t.is(list().length, 2)
  t.is(list('-n', '1').length, 1)
  const [only, ...others] = list('-C', 'other')
  t.deepEqual(others, [])
  t.is(only.status, 'succeeded')
  t.is(only.directory, rig.path('other'))
  t.deepEqual(only.targets, ['x'])
  t.is(only.counts.run, 1)
  t.true(only.duration_ms >= 0)
  t.true(Math.abs(Date.parse(only.requested_at) - Date.now()) < 3_600_000)
  t.deepEqual(list('-C', '/nowhere'), [])
})

test('without any build the list says so', (t) => {
  t.is(new MillraceRig(t).millrace(['builds']).stdout, 'no build is on record\n')
})
