import test from 'ava'
import { launcher, MillraceRig } from '../../rig/millrace.ts'

test('no more helper processes are started than there are tasks to run', (t) => {
  // The command's parent is its helper, whose parent is the command line (field 4 of /proc/<pid>/stat).
  const children = 'cat /proc/$$(cut -d " " -f 4 /proc/$$PPID/stat)/task/*/children > $out'
  const rig = new MillraceRig(t, { 'build.ninja': `rule count\n  command = ${children}\nbuild counted: count\n` })
  rig.mustBuild(t, '-j', '40')
  t.is(rig.read('counted').trim().split(/\s+/).length, 2, 'the guard and one helper')
})

test('a folder for temporary files that can not be used is named in one line', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule touch\n  command = touch $out\nbuild made: touch\n', file: '' })
  const { code, stderr } = rig.millrace(['build'], { TMPDIR: rig.path('file') })
  t.is(code, 2)
  t.is(stderr, `millrace: cannot make a folder in ${rig.path('file')} (ENOTDIR); name another with TMPDIR\n`)
})

test('a listing that can not be written ends with one line and 2', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule touch\n  command = touch $out\nbuild made: touch\n' })
  rig.mustBuild(t)
  for (const args of ['builds', 'replay', 'replay --json', 'doctor', 'clean -n']) {
    const { code, stderr } = rig.shell(`'${process.execPath}' '${launcher}' ${args} > /dev/full`)
    t.is(code, 2, args)
    t.regex(stderr, /^millrace: standard output can't be written: ENOSPC[^\n]*\n$/, args)
  }
})

test('output that nobody reads any more changes neither the build nor the exit code', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule touch\n  command = touch $out\nbuild made: touch\n' })
  const unread = (args: string) =>
    rig.shell(`{
      until test -e closed; do :; done
      '${process.execPath}' '${launcher}' ${args}; echo $? > code
    } 2>&1 | { exec 0<&-; touch closed; until test -e code; do :; done; }`)
  unread('build -C .')
  t.is(rig.read('code'), '0\n')
  t.true(rig.has('made'))
  rig.remove('code')
  unread('build nothing-like-that')
  t.is(rig.read('code'), '2\n')
})

test('an output that is there and can not be read fails its task, which is not tried again', (t) => {
  const rig = new MillraceRig(t, { 'build.ninja': 'rule link\n  command = ln -sf $out $out\nbuild loop: link\n' })
  const { code, events } = rig.build()
  t.is(code, 1)
  const failures = events.filter(({ type }) => type === 'task-attempt-failed')
  t.deepEqual(
    failures.map(({ failure }) => failure),
    [{ kind: 'invalid', message: "loop: can't be read (ELOOP)" }],
  )
})
