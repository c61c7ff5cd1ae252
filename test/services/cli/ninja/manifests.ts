/** Trees with what manifests can hold, for tools that tell of it. */
export const manifests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'phony, implicit and order-only files, validations, pools': {
    'build.ninja': `builddir = .
pool heavy
  depth = 1
rule cc
  command = cp $in $out # $flags
  description = CC $out of \${in}, $$5
  pool = heavy
rule link
  command = cat $in > $out && touch $out.map
rule check
  command = test -e $in && touch $out
  description =
rule unused
  command = false
build a.o: cc a.c | head.h || stamp |@ check.ok
  flags = "-O2" \\ tab	é
build b.o b.lst | b.extra: cc b.c
build stamp: cc stamp.in
build check.ok: check a.o
build app | app.map: link a.o b.o | lib.txt || stamp a.o
build lib: phony lib.txt
build all: phony app lib
build ./sub/../c.o: cc a.c
default all c.o
`,
  },
  'no defaults, a subninja with rules of its own, variables': {
    'build.ninja': `ninja_required_version = 1.3
out = out
rule r
  command = touch $out
include more.ninja
subninja sub/sub.ninja
build $out/x: r | sub/y
  out = $out
build z: phony
`,
    'more.ninja': 'rule more\n  command = more $in\n  description = MORE $in\nbuild m: more m.in m.in\n',
    'sub/sub.ninja': 'rule r\n  command = sub $out\nrule inner\n  command = inner\nbuild sub/y: r m\nbuild w: inner\n',
  },
  'odd names': {
    'build.ninja': `rule r
  command = cat $in > $out
build with$ space it's$:here: r a$ b é.c "q" | $$dollar
build ünïcode: r with$ space
build back\\slash: r ünïcode
default back\\slash
`,
  },
  'response files': {
    'build.ninja': `rule at
  command = link @$out.rsp -o $out
  rspfile = $out.rsp
  rspfile_content = $in $flags
rule lines
  command = link @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in_newline
rule plain
  command = link $out.rsp
  rspfile = $out.rsp
  rspfile_content = $in
build one: at a b$ c
  flags = "-x"
build two: lines a b c
build three: plain a
build four: at
build five: at || a
`,
  },
  'a dyndep file': {
    'build.ninja': `rule r
  command = touch $out
build dd: r
build x: r in || dd
  dyndep = dd
build y: r | x || dd
  dyndep = dd
build z: r extra
`,
    dd: 'ninja_dyndep_version = 1\nbuild x | x.mod: dyndep | extra\nbuild y: dyndep | x.mod\n',
  },
  'a dyndep file that is not there': {
    'build.ninja': 'rule r\n  command = touch $out\nbuild dd: r\nbuild x: r || dd\n  dyndep = dd\n',
  },
  'nothing at all': { 'build.ninja': '' },
  'no root': { 'build.ninja': 'rule r\n  command = x\nbuild a: r b\nbuild b: r a\n' },
}
