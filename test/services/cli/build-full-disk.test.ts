import test from 'ava'
import { launcher, MillraceRig } from '../../rig/millrace.ts'

/** Prints more than stands in an event, in words that do not compress. */
const chatter = 'rule chatter\n  command = head -c 6000 /dev/urandom | base64; touch $out\n'

test('a build whose log has no room left ends with one line and 2, and is resumed once there is room', (t) => {
  let manifest = chatter
  for (let i = 0; i < 200; i++) manifest += `build out/${i}: chatter\n`
  const rig = new MillraceRig(t, { 'build.ninja': manifest })
  // No file may grow beyond 500 blocks of 512 bytes (POSIX, sh: ulimit -f).
  const limited = `ulimit -f 500; exec '${process.execPath}' '${launcher}' build --quiet -j2 2>&1`
  const full = rig.shell(limited)
  t.is(full.code, 2, full.stdout)
  t.regex(full.stdout, /^millrace: event log: [^\n]+\n$/)

  const ended = rig.build('-j2')
  t.is(ended.code, 0, ended.stderr)
  t.regex(ended.stderr, /^resuming build \w+, whose process died$/m)
  const builds = rig.millrace(['builds', '--json']).stdout.trim().split('\n')
  t.is(builds.length, 1)
  t.is((JSON.parse(builds[0]!) as { status: string }).status, 'succeeded')
})
