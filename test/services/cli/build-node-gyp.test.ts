import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { requireTool } from '../../rig/require-tool.ts'

/**
 * A tree as node-gyp writes it: one manifest for each target, response files, a pool for links, hard links as copies, and
 * a shared library that is linked through a table of contents, which it reads and leaves alone when nothing of it changed.
 */
const tree = {
  'out/build.ninja': `cc = cc
pool link_pool
  depth = 1
rule cc
  command = $cc -MMD -MF $out.d $cflags -c $in -o $out
  description = CC $out
  depfile = $out.d
  deps = gcc
rule solink
  command = if [ ! -e $lib -o ! -e $lib.TOC ]; then $cc -shared -o $lib @$link_file_list && { nm -gD $lib > $lib.TOC; }; else $cc -shared -o $lib @$link_file_list && nm -gD $lib > $lib.tmp && if ! cmp -s $lib.tmp $lib.TOC; then mv $lib.tmp $lib.TOC; fi; fi
  description = SOLINK $lib
  restat = 1
  rspfile = $link_file_list
  rspfile_content = $in
  pool = link_pool
rule link
  command = $cc -o $out $in -Wl,-rpath=\\$$ORIGIN/lib
  pool = link_pool
rule copy
  command = ln -f $in $out 2>/dev/null || (rm -rf $out && cp -af $in $out)
rule stamp
  command = touch $out
subninja obj/mill.ninja
subninja obj/app.ninja
build mill: phony lib/libmill.so
build app: phony run/app
build all: phony mill app
default all
`,
  'out/obj/mill.ninja': `cflags = -fPIC -I../inc
build obj/mill.o: cc ../mill.c
build obj/mill.actions.stamp: stamp obj/mill.o
build lib/libmill.so | lib/libmill.so.TOC: solink obj/mill.o | obj/mill.actions.stamp
  lib = lib/libmill.so
  link_file_list = lib/libmill.so.rsp
`,
  'out/obj/app.ninja': `cflags = -I../inc
build obj/app.o: cc ../app.c
build app-linked: link obj/app.o lib/libmill.so | lib/libmill.so.TOC
build run/app: copy app-linked
build run/lib/libmill.so: copy lib/libmill.so
build run: phony run/app run/lib/libmill.so
`,
  'inc/mill.h': 'int mill(void);\n',
  'mill.c': '#include "mill.h"\nint mill(void) { return 42; }\n',
  'app.c': '#include "mill.h"\nint main(void) { return mill(); }\n',
}

test('a tree as node-gyp writes it builds, and builds again only what a change asks for', (t) => {
  requireTool('cc')
  const rig = new MillraceRig(t, tree)
  t.is(rig.mustBuild(t, '-C', 'out', 'all', 'run').length, 7)
  t.false(rig.has('out/lib/libmill.so.rsp'))
  t.is(rig.tool('sh', ['-c', './app; echo $?'], rig.path('out/run')), '42\n')
  t.is(rig.tool('stat', ['-c', '%h', 'out/run/app']), '2\n', 'a hard link, not a copy')
  t.deepEqual(rig.mustBuild(t, '-C', 'out', 'all', 'run'), [])

  rig.write('mill.c', tree['mill.c'].replace('42', '43'))
  const ran = rig.mustBuild(t, '-C', 'out', 'all', 'run')
  t.true(ran.includes('lib/libmill.so') && ran.includes('run/lib/libmill.so'))
  t.is(rig.tool('sh', ['-c', './app; echo $?'], rig.path('out/run')), '43\n')
  t.deepEqual(rig.mustBuild(t, '-C', 'out', 'all', 'run'), [])

  rig.append('inc/mill.h', '/* edited */\n')
  t.deepEqual([...rig.mustBuild(t, '-C', 'out', 'all', 'run')].sort(), ['obj/app.o', 'obj/mill.o'])
})

test('a command that reads its own former output finds it, also after it failed', (t) => {
  const rig = new MillraceRig(t, {
    'build.ninja': 'rule count\n  command = echo x >> $out; test "$$(cat $in)" != bad\nbuild out: count in\n',
    in: '1',
  })
  rig.mustBuild(t)
  rig.write('in', 'bad')
  t.is(rig.build().code, 1)
  rig.write('in', '2')
  rig.mustBuild(t)
  t.is(rig.read('out'), 'x\nx\nx\n')
})
