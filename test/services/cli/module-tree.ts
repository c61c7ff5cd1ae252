/** A tree like a Fortran one: `scan` writes which unit provides and needs which module, for all units of a program. */
export const moduleTree = {
  'build.ninja': `rule scan
  command = sh scan.sh $out $in
rule compile
  command = sh compile.sh $in $out
rule link
  command = cat $in > $out
rule copy
  command = cat $in > $out
build modules.dd: scan main.f vec.f | scan.sh
build main.o: compile main.f | compile.sh || modules.dd
  dyndep = modules.dd
build vec.o: compile vec.f | compile.sh || modules.dd
  dyndep = modules.dd
build app: link main.o vec.o
build note: copy note.txt
build all: phony app note
default all
`,
  'scan.sh': `out=$1; shift
echo 'ninja_dyndep_version = 1' > $out
for unit in "$@"; do
  provided=$(sed -n 's/^module //p' $unit | sed 's/$/.mod/'); needed=$(sed -n 's/^use //p' $unit | sed 's/$/.mod/')
  echo "build \${unit%.f}.o \${provided:+| $provided}: dyndep \${needed:+| $needed}" >> $out
done
`,
  'compile.sh': `for module in $(sed -n 's/^use //p' $1); do cat $module.mod || exit 1; done
for module in $(sed -n 's/^module //p' $1); do grep interface $1 > $module.mod; done
cat $1 > $2
`,
  'main.f': 'use vec\nprogram main\n',
  'vec.f': 'module vec\ninterface of vec\n',
  'note.txt': 'a note\n',
}
