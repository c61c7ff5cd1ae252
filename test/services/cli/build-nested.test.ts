import test from 'ava'
import { launcher, MillraceRig } from '../../rig/millrace.ts'

const runItself = (directory: string) =>
  `rule again\n  command = ${process.execPath} ${launcher} build -C ${directory}\nbuild out: again\n`

test('a task that builds in its own directory is refused, where waiting would be for ever', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': runItself('.') })
  const { code, stdout } = rig.millrace(['build'])
  t.is(code, 1)
  t.regex(
    stdout,
    /^millrace: .*: millrace builds here already and has started this command; give it another directory$/m,
  )
})

test('a task may build in another directory', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': runItself('inner'),
    'inner/build.ninja': 'rule touch\n  command = touch $out\nbuild made: touch\n',
  })
  t.is(rig.millrace(['build']).code, 0)
  t.true(rig.has('inner/made'))
})
