import test, { type ExecutionContext } from 'ava'
import { Cluster } from '../../rig/cluster.ts'
import { newestBuild } from '../../rig/cluster-log.ts'
import { MillraceRig } from '../../rig/millrace.ts'

const files = {
  'build.ninja': `rule cc
  command = gcc -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule tool
  command = printf '#!/bin/sh\\necho "#define H 40" > "$$1"\\n' > $out && chmod +x $out
rule generate
  command = ./gen/tool $out
rule link
  command = gcc $in -o $out && echo linked $out
build gen/tool: tool
build gen/h.h: generate | gen/tool
build out/a.o: cc src/a.c | gen/h.h
build out/b.o: cc src/b.c
build app: link out/a.o out/b.o
default app
`,
  'src/a.c':
    '#include "../gen/h.h"\n#include <stdio.h>\nint b(void);\nint main(void) { printf("%d\\n", b() + H); return 0; }\n',
  'src/b.c': '#include "b.h"\nint b(void) { return B; }\n',
  'src/b.h': '#define B 2\n',
}

function tree(t: ExecutionContext, cluster: Cluster): MillraceRig {
  const rig = new MillraceRig(t, files)
  rig.variables = cluster.variables
  return rig
}

test('a tree is built on the workers, and what they made is brought back', async (t) => {
  const cluster = await Cluster.start(t)
  const rig = tree(t, cluster)
  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 0, run.stdout + run.stderr)
  t.regex(run.stdout, /\nlinked app\n/)
  t.regex(run.stdout, /\n5 tasks: 0 up to date, 0 cached, 5 run, 0 failed, 0 skipped /)
  t.is(rig.shell('./app').stdout, '42\n')

  const second = tree(t, cluster)
  const again = second.millrace(['build', '--cluster'])
  t.regex(again.stdout, /\n5 tasks: 0 up to date, 5 cached, 0 run, /)
  t.regex(again.stdout, /\nlinked app\n/, 'what the commands printed is shown for hits too')
  t.is(second.shell('./app').stdout, '42\n')

  second.write('src/b.h', '#define B 3\n')
  const changed = second.millrace(['build', '--cluster'])
  t.regex(changed.stdout, /\n5 tasks: 0 up to date, 3 cached, 2 run, /)
  t.is(second.shell('./app').stdout, '43\n')
})

test('a command that fails ends the build with its output and exit code 1, and is not tried again', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const rig = tree(t, cluster)
  rig.write('src/b.h', '#error "no B"\n')
  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 1)
  t.regex(run.stdout, /no B/)
  t.regex(run.stdout, /\n5 tasks: .* 1 failed, \d skipped /)
  t.notRegex(run.stdout, /attempt 2/)
})

test('a command sees its inputs and nothing else of the worker, and leaves nothing behind', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1, slots: 1 })
  const rig = new MillraceRig(t, {
    'build.ninja': `rule look
  command = ls / > $out; ls .. >> $out; ls >> $out; touch stray
build first: look in
build second: look | first
`,
    in: '',
  })
  rig.variables = cluster.variables
  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 0, run.stdout + run.stderr)
  const seen = rig.read('second').split('\n')
  for (const hidden of ['home', 'root', 'stray']) t.false(seen.includes(hidden), hidden)
  for (const there of ['usr', 'tree', 'first', 'in']) t.true(seen.includes(there), there)
})

test('a cluster that is not there, and a coordinator that is not there, are one line with a mend', async (t) => {
  const cluster = await Cluster.start(t, { coordinators: 1, workers: 0 })
  await cluster.coordinators[0]!.end('SIGTERM')
  const rig = tree(t, cluster)
  const nobody = rig.millrace(['build', '--cluster'])
  t.is(nobody.code, 2)
  t.is(nobody.stderr, 'millrace: no coordinator serves; start one (millrace coordinator)\n')
  await cluster.nats.signal('SIGTERM')
  const gone = rig.millrace(['build', '--cluster'])
  t.is(gone.code, 2)
  t.regex(gone.stderr, /^millrace: NATS at nats:\/\/127\.0\.0\.1:\d+: does not answer.*MILLRACE_NATS_URL\n$/)
})

test('what can run only on the client runs there, with what the workers have made, and says why', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const other = new MillraceRig(t, { secret: 'from elsewhere\n' }, 'elsewhere')
  const rig = new MillraceRig(t, {
    'build.ninja': `rule up
  command = tr a-z A-Z < $in > $out
rule mixed
  command = cat $in ${other.path('secret')} > $out
rule shown
  command = cat $in && cp $in $out
  pool = console
build upper: up in
build mixed: mixed upper
build upper2: up mixed
build seen: shown upper2
`,
    in: 'sent\n',
  })
  rig.variables = cluster.variables
  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 0, run.stdout + run.stderr)
  t.is(rig.read('seen'), 'SENT\nFROM ELSEWHERE\n')
  t.regex(run.stderr, /mixed runs on this machine: it reads /)
  t.regex(run.stderr, /seen runs on this machine: it has the terminal/)
  const { events } = await newestBuild(cluster)
  const workers = events.flatMap((event) => (event.type === 'task-succeeded' ? [event.worker] : []))
  t.true(workers.some((worker) => worker.startsWith('client-')))
  t.true(workers.includes('w1'))
})

test('a command that puts a link in the place of a directory gets nothing of the worker by it', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const rig = new MillraceRig(t, {
    'build.ninja': `rule trick
  command = rm -rf evil && ln -s /etc evil
build evil/hostname: trick in
`,
    in: '',
  })
  rig.variables = cluster.variables
  const run = rig.millrace(['build', '--cluster'])
  t.is(run.code, 1)
  t.regex(run.stdout, /evil\/hostname: a link on the way to it leads out of the build's directories/)
  t.false(rig.has('evil/hostname'))
})

test('variables of the request count for every command', async (t) => {
  const cluster = await Cluster.start(t, { workers: 1 })
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule say\n  command = echo $$WORD > $out\nbuild out: say in\n',
    in: '',
  })
  rig.variables = cluster.variables
  for (const word of ['one', 'two', 'one']) {
    t.is(rig.millrace(['build', '--cluster', '--env', `WORD=${word}`]).code, 0)
    t.is(rig.read('out'), `${word}\n`)
  }
})
