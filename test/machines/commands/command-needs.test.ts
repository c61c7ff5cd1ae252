import test from 'ava'
import fc from 'fast-check'
import { commandNeeds } from '../../../machines/commands/command-needs.ts'
import { compilerVariables, generalVariables } from '../../../machines/commands/program-kinds.ts'

type Case = readonly [text: string, programs: readonly string[], scripts?: readonly string[], cwd?: string]

/** Command lines as generators write them, and every form that is seen through. */
const cases: readonly Case[] = [
  // CMake
  ['/usr/bin/c++ -DX=1 -I/src/inc -g -MD -MT a.o -MF a.o.d -o a.o -c /src/a.cpp', ['/usr/bin/c++']],
  [': && /usr/bin/c++ -O3 a.o -o app -Wl,-rpath,/b: lib.a && :', ['/usr/bin/c++']],
  [
    ': && /usr/bin/cmake -E rm -f liba.a && /usr/bin/ar qc liba.a a.o && /usr/bin/ranlib liba.a && :',
    ['/usr/bin/cmake', '/usr/bin/ar', '/usr/bin/ranlib'],
  ],
  ['cd /b/sub && /usr/bin/cmake -P /src/gen.cmake', ['/usr/bin/cmake'], ['/src/gen.cmake']],
  ['cd /b/sub && /usr/bin/cmake -DOUT=x -P gen.cmake', ['/usr/bin/cmake'], ['/b/sub/gen.cmake']],
  ['cd sub && ./gen > out.h', ['sub/gen']],
  ['cd sub && ../gen', ['./gen']],
  ['cd sub && cd .. && sub/../gen', ['./gen']],
  ['/usr/bin/cmake -E env A=1 --unset=B LD_LIBRARY_PATH=/x ./tool in', ['/usr/bin/cmake', './tool']],
  ['cmake -E env --modify PATH=path_list_prepend:/x -- tool', ['cmake', 'tool']],
  ['cmake -E time g++ -c a.c', ['cmake', 'g++']],
  ['cmake -E chdir sub python3 gen.py', ['cmake', 'python3'], ['sub/gen.py']],
  ['cmake -E copy a b', ['cmake']],
  ['cmake --build . --target x', ['cmake']],
  // Meson
  ['ccache c++ -Ilib.p -I../lib -o lib.p/a.o -c ../lib/a.cc', ['ccache', 'c++']],
  ['rm -f lib.a && gcc-ar csrDT lib.a a.o', ['rm', 'gcc-ar']],
  ["/usr/bin/meson --internal exe --capture out.h -- '/src/my gen.py' a", ['/usr/bin/meson']],
  // autotools
  [
    'depbase=`echo a.lo | sed "s|[^/]*$|.deps/&|"`; /bin/bash ./libtool --tag=CC --mode=compile gcc -c a.c && mv a b',
    ['sed', '/bin/bash', 'gcc', 'mv'],
    ['libtool'],
  ],
  ['./libtool --mode=link gcc -o x a.lo', ['./libtool', 'gcc']],
  ['if test -f a; then cp a b; else touch b; fi', ['cp', 'touch']],
  ['for f in a b; do strip $f; done', ['strip']],
  ['while read line; do echo "$line" | tr a b; done < in', ['tr']],
  ['case $x in a|b) cp a b;; *) mv a b;; esac; ln -s a b', ['cp', 'mv', 'ln']],
  ['make_it() { touch "$1"; }; make_it a', ['touch']],
  // node-gyp, gyp
  ['ln -f a.node b.node 2>/dev/null || (rm -rf b.node && cp -af a.node b.node)', ['ln', 'rm', 'cp']],
  [
    "LD_LIBRARY_PATH=/b/lib:$LD_LIBRARY_PATH; export LD_LIBRARY_PATH; cd ../x; python3 tools/js2c.py 'a b'",
    ['python3'],
    ['../x/tools/js2c.py'],
  ],
  // Bazel's genrules
  [
    "/bin/bash -c 'source external/setup.sh; bin/gen --out $(dirname out)/x'",
    ['/bin/bash', 'dirname', 'bin/gen'],
    ['external/setup.sh'],
  ],
  ['sh -ec "cd gen && perl -w make.pl a"', ['sh', 'perl'], ['gen/make.pl']],
  // interpreters
  ['python3 -B -W ignore tools/gen.py -c x', ['python3'], ['tools/gen.py']],
  ['python3 -m pkg.gen a.py', ['python3']],
  ["python3 -c 'print(1)' a.py", ['python3']],
  ['perl -Ilib -I inc -w gen.pl in', ['perl'], ['gen.pl']],
  ["perl -pe 's/a/b/' in", ['perl']],
  ['ruby -Ilib gen.rb', ['ruby'], ['gen.rb']],
  ['node --max-old-space-size=99 -r ./hook.js gen.mjs', ['node'], ['gen.mjs']],
  ['awk -v a=1 -f gen.awk in', ['awk'], ['gen.awk']],
  ["awk '{print}' in", ['awk']],
  ['sed -n -f a.sed -f b.sed in', ['sed'], ['a.sed', 'b.sed']],
  ["sed -e 's/a/b/' in", ['sed']],
  ['sh -e gen.sh a', ['sh'], ['gen.sh']],
  ['bash /src/gen.sh', ['bash'], ['/src/gen.sh']],
  ['java -cp a.jar -jar tool.jar in', ['java'], ['tool.jar']],
  ['. ./env.sh && tool', ['tool'], ['env.sh']],
  // wrappers
  ['env -i -u A B=c nice -n 5 timeout -k 1 10 time -p tool', ['env', 'nice', 'timeout', 'time', 'tool']],
  ['exec command tool a', ['tool']],
  ['sccache distcc gcc -c a.c', ['sccache', 'distcc', 'gcc']],
  ['find . -name x | xargs -n 1 rm', ['find', 'xargs', 'rm']],
  // quotes, operators, substitutions
  ['"my tool" a', ['my tool']],
  ["./'my tool'", ['./my tool']],
  ['a\\ b c', ['a b']],
  ['A=1 B="x y" tool', ['tool']],
  ['A=$(one "$(two)") three', ['two', 'one', 'three']],
  ['echo `one \\`two\\``', ['two', 'one']],
  ['a | b && c || d; e & f', ['a', 'b', 'c', 'd', 'e', 'f']],
  ['(cd sub; ./a); ./b', ['sub/a', './b']],
  ['a >out 2>&1 <in; b >>out', ['a', 'b']],
  ['a # b\nc', ['a', 'c']],
  ['cat <<END > out\nnot a program\nEND\nb', ['cat', 'b']],
  ['a a a; a', ['a']],
  ['echo x; test -f y; [ -f z ]; :', []],
  ['$CC -c a.c', []],
  ['cd $DIR && ./a && /b && c', ['/b', 'c']],
  ['eval "tool a"', ['tool']],
  ['! tool', ['tool']],
  ['{ one; two; }', ['one', 'two']],
  // working directories
  ['./a && b/c && python3 d.py', ['sub/a', 'sub/b/c', 'python3'], ['sub/d.py'], 'sub'],
  ['cd .. && ./a', ['./a'], [], 'sub'],
  ['cd x && ./a', ['/abs/x/a'], [], '/abs'],
  ['', []],
]

for (const [text, programs, scripts = [], cwd] of cases) {
  test(`needs of: ${JSON.stringify(text)}${cwd === undefined ? '' : ` in ${cwd}`}`, (t) => {
    const needs = commandNeeds({ shell: text }, cwd)
    t.deepEqual(needs.programs, programs)
    t.deepEqual(needs.scripts, scripts)
  })
}

/** What the variables are besides the general ones. */
const ownVariables = (text: string) =>
  commandNeeds({ shell: text }).variables.filter((name) => !generalVariables.includes(name))

const variableCases: readonly (readonly [text: string, variables: readonly string[]])[] = [
  [`tool $A \${B} "\${C:-x}" '$D' "$E" \${#F} \\$G`, ['A', 'B', 'C', 'E', 'F']],
  ['A=1; tool $A $B', ['B']],
  ['A=$A; tool $A', ['A']],
  ['A=1 tool $A', ['A']],
  ['export A=1 B=2; tool $A $B $C', ['C']],
  ['for f in x y; do tool $f $g; done', ['g']],
  ['(A=1); tool $A', ['A']],
  ['if x; then A=1; fi; tool $A', ['A']],
  ['x || A=1; tool $A', ['A']],
  [`tool $((A + $B * \${C}))`, ['B', 'C']],
  [`tool \${A:-$(other $B)} \`third $C\``, ['A', 'B', 'C']],
  ['tool $1 $@ $? $$ $', []],
  ['cat <<END\n$A\nEND', ['A']],
  ['sh -c \'tool "$A"\'', ['A', 'BASH_ENV', 'ENV', 'IFS', 'POSIXLY_CORRECT', 'SHELLOPTS']],
  ['$CC -c a.c', ['CC']],
]

for (const [text, variables] of variableCases) {
  test(`variables of: ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(ownVariables(text), variables)
  })
}

test('compilers, linkers and interpreters bring the variables of their manuals, also behind wrappers', (t) => {
  for (const text of [
    'gcc -c a.c',
    'ccache /opt/x86_64-linux-gnu-g++-12 -c a.c',
    'cmake -E time clang++-16 -c a.c',
    'ld a.o',
  ])
    for (const name of compilerVariables) t.true(ownVariables(text).includes(name), `${name} of ${text}`)
  t.true(ownVariables('python3.11 a.py').includes('PYTHONPATH'))
  t.true(ownVariables('env A=1 perl a.pl').includes('PERL5LIB'))
  t.true(ownVariables('node a.js').includes('NODE_PATH'))
  t.deepEqual(ownVariables('tool'), [])
})

test('any program brings the general variables, and a command without programs none', (t) => {
  t.deepEqual(commandNeeds({ shell: 'tool' }).variables, [...generalVariables].sort())
  t.deepEqual(commandNeeds({ shell: 'echo a > b' }).variables, [])
})

test('an argument vector is taken as it is: no builtins, no expansions', (t) => {
  const { programs, scripts, variables } = commandNeeds({ argv: ['echo', '$A', '&&', 'b'] })
  t.deepEqual({ programs, scripts }, { programs: ['echo'], scripts: [] })
  t.false(variables.includes('A'))
  t.deepEqual(commandNeeds({ argv: ['env', 'python3', 'a b.py'] }, 'sub').scripts, ['sub/a b.py'])
  t.deepEqual(commandNeeds({ argv: [] }).programs, [])
})

const pieces = [
  'gcc',
  'a.c',
  ' ',
  ' ',
  '$(',
  ')',
  '(',
  '`',
  '"',
  "'",
  '\\',
  '$A',
  '${',
  '}',
  ';',
  '&&',
  '|',
  '<<',
  '\n',
]
const moreWords = [
  'case',
  'in',
  'esac',
  'if',
  'for',
  'do',
  'done',
  'A=1',
  'sh -c',
  'cd',
  'env',
  '#',
  '*',
  '>',
  'eval',
  '$((',
  '))',
]
const text = fc.array(fc.constantFrom(...pieces, ...moreWords), { maxLength: 40 }).map((parts) => parts.join(''))

test('reading never throws, whatever the text, and its lists hold each name once', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(text, fc.string({ unit: 'binary' })),
      fc.option(fc.string(), { nil: undefined }),
      (shell, cwd) => {
        const { programs, scripts, variables } = commandNeeds({ shell }, cwd)
        for (const list of [programs, scripts, variables]) if (new Set(list).size !== list.length) return false
        return programs.every((name) => name !== '') && variables.every((name) => /^\w+$/.test(name))
      },
    ),
    { numRuns: 5000 },
  )
  t.pass()
})

test('equal needs are the same object, however they were come by', (t) => {
  const fromText = commandNeeds({ shell: 'python3 sub/gen.py $A' })
  t.is(commandNeeds({ shell: 'cd sub && python3 ./gen.py "$A" && :' }), fromText)
  t.is(commandNeeds({ shell: 'gcc -c a.c' }), commandNeeds({ argv: ['gcc', '-c', 'b.c'] }))
  t.is(commandNeeds({ shell: 'gcc -c "a;b.c"' }), commandNeeds({ shell: 'gcc -c a.c' }))
})

test('text that is nested deeply or long is read to an end', (t) => {
  for (const piece of ['$(', '(', '`', '${A:-', 'sh -c ', '{ ', 'if a; then ', '"$('])
    t.notThrows(() => commandNeeds({ shell: piece.repeat(50_000) }))
})
