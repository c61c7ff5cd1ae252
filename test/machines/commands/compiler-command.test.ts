import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { compilerCommand, type HeaderSearch } from '../../../machines/commands/compiler-command.ts'
import { requireTool } from '../../rig/require-tool.ts'

const searchOf = (shell: string, cwd?: string, responseFile?: string) =>
  compilerCommand({ shell }, cwd, responseFile)?.headerSearch

const none: HeaderSearch = { quote: [], angled: [], system: [], hasStandard: true, after: [] }

const searches: readonly (readonly [text: string, search: Partial<HeaderSearch>, cwd?: string])[] = [
  ['g++ -c a.cpp', {}],
  [
    '/usr/bin/c++ -DA -I/src/inc -isystem /opt/x -g -MD -MT a.o -MF a.o.d -o a.o -c /src/a.cpp',
    { angled: ['/src/inc'], system: ['/opt/x'] },
  ],
  [
    'ccache c++ -Ilib.p -I. -I.. -I../lib -MD -MQ a.o -MF a.o.d -o a.o -c ../a.cc',
    { angled: ['lib.p', '.', '..', '../lib'] },
  ],
  ['g++ -MMD -MF a.d -I inc -I../include/node -c -o a.o ../a.cc', { angled: ['inc', '../include/node'] }],
  [
    'gcc -I a -iquote b -iquotec -isystemd -idirafter e -idirafterf -c x.c',
    { quote: ['b', 'c'], angled: ['a'], system: ['d'], after: ['e', 'f'] },
  ],
  ['gcc -Ia -Ib -Ia -I./b/ -Ic/../a -c x.c', { angled: ['a', 'b'] }],
  ['gcc -Ia -Ib -isystem a -idirafter b -c x.c', { angled: [], system: ['a'], after: ['b'] }],
  ['gcc -nostdinc -Ia -c x.c', { angled: ['a'], hasStandard: false }],
  ['g++ -nostdinc++ -c x.cc', {}],
  ['gcc -iprefix p/ -iwithprefix a -iwithprefixbefore b -c x.c', { angled: ['p/b'], after: ['p/a'] }],
  ['gcc -include cfg.h -iquote q -c x.c', { quote: ['.', 'q'] }],
  ['gcc -include /b/pch.hxx -c x.c', {}],
  ['cd sub && gcc -Ia -I../b -I/c -c x.c', { angled: ['sub/a', 'b', '/c'] }],
  ['cd /b/sub && gcc -Ia -include c.h -c x.c', { quote: ['/b/sub'], angled: ['/b/sub/a'] }],
  ['gcc -Ia -c x.c', { angled: ['sub/a'] }, 'sub'],
  [': && g++ -Ia x.cpp -o app && :', { angled: ['a'] }],
  ['gcc \'-Ia b\' -I"c d" -DX=\\"y\\" -Ie\\ f -c x.c', { angled: ['a b', 'c d', 'e f'] }],
  ['gcc -o -Ia -MF -Ib -D -Ic -x c -Id -c x.c', { angled: ['d'] }],
  ['x86_64-linux-gnu-gcc-12 -Ia -c x.c', { angled: ['a'] }],
  ['cmake -E time clang++-16 -Ia -c x.cc', { angled: ['a'] }],
  ['gcc -Ia -MM x.c', { angled: ['a'] }],
  ['gcc --param max-inline=1 -Ia -c x.c', { angled: ['a'] }],
]

for (const [text, search, cwd] of searches) {
  test(`header search of: ${text}${cwd === undefined ? '' : ` in ${cwd}`}`, (t) => {
    t.deepEqual(searchOf(text, cwd), { ...none, ...search })
  })
}

const unknown = [
  ...[
    '-I- -Ia',
    '--sysroot=/r',
    '--sysroot /r',
    '-isysroot /r',
    '-I=/inc',
    '-target arm',
    '--target=arm',
    '-m32',
    '-B/tools',
  ],
  ...[
    '-stdlib=libc++',
    '-F/frameworks',
    '-iframework x',
    '-fmodules',
    '-ivfsoverlay x',
    '-specs=x',
    '@flags',
    '-isystem',
  ],
  ...[
    '-iwithprefix a',
    '-Xclang -Ia',
    '-Xpreprocessor -Ia',
    '-Wp,-Ia',
    '--include-directory=a',
    '-cxx-isystem x',
    '-icecream',
  ],
]

for (const flags of unknown) {
  test(`nothing is known of the header search with ${flags}`, (t) => {
    const found = compilerCommand({ shell: `gcc -c x.c ${flags}` })
    t.not(found, undefined)
    t.is(found?.headerSearch, undefined)
  })
}

test('nothing is known of the header search where the environment is changed for the compiler', (t) => {
  t.is(searchOf('CPATH=/x gcc -c x.c'), undefined)
})

test('two compiles in one command share a search or have none', (t) => {
  t.deepEqual(searchOf('gcc -Ia -MM x.c && gcc -Ia -c x.c')?.angled, ['a'])
  t.is(searchOf('gcc -Ia -c x.c && gcc -Ib -c y.c'), undefined)
})

test('flags in a response file count', (t) => {
  t.deepEqual(searchOf('gcc -Ia @x.rsp -c x.c', undefined, '-Ib\n"-Ic d" -isystem\n/e\\ f')?.angled, ['a', 'b', 'c d'])
  t.deepEqual(searchOf('gcc @x.rsp -c x.c', undefined, "-isystem '/e f'")?.system, ['/e f'])
  t.deepEqual(compilerCommand({ shell: 'g++ @x.rsp -o app' }, undefined, 'a.o b.o'), {})
})

const others = [
  ...[
    'tool',
    'gcc -c a.c && tool',
    'gcc -c a.c > log',
    'gcc -c a.c 2>&1 | tee log',
    'gcc -c $(list)',
    '(gcc -c a.c)',
    '',
  ],
  ...[
    ':',
    'rm -f a',
    'gcc -c a.c || true',
    'ar qc liba.a *.o',
    'gcc -c *.c',
    '$CC -c a.c',
    'gcc -c a.c &',
    'if a; then gcc -c a.c; fi',
  ],
  ...['python3 gcc a.c', 'cmake -E copy a b && gcc -c a.c', 'cd $DIR && gcc -c a.c', 'ccache', 'not-gcc-at-all -c a.c'],
]

for (const text of others) {
  test(`more than compiling, linking or archiving: ${JSON.stringify(text)}`, (t) => {
    t.is(compilerCommand({ shell: text }), undefined)
  })
}

const withoutSearch = [
  ': && /usr/bin/c++ -O3 -Wl,-rpath,/b: a.o -o app lib.a -lm && :',
  ': && /usr/bin/cmake -E rm -f liba.a && /usr/bin/ar qc liba.a a.o && /usr/bin/ranlib liba.a && :',
  'rm -f liba.a && gcc-ar csrDT liba.a a.o',
  'g++ -shared -Wl,--start-group a.o -lx -Wl,--end-group -o x.node',
  'ld -r -o a.o b.o c.o',
  String.raw`: && g++ -Wl,-rpath,"\$ORIGIN/../lib" -Wl,-rpath,'$ORIGIN' -Wl,-rpath,\$ORIGIN a.o -o app && :`,
  ': && g++ a.o -o app && cd /b && /usr/bin/cmake -E touch stamp',
]

for (const text of withoutSearch) {
  test(`linked or archived, without a header search: ${text}`, (t) => {
    t.deepEqual(compilerCommand({ shell: text }), {})
  })
}

const writing = [
  ...['-gsplit-dwarf', '--coverage', '-coverage', '-ftest-coverage', '-save-temps', '-save-temps=obj', '--save-temps'],
  ...[
    '-fstack-usage',
    '-fcallgraph-info=su',
    '-fdump-tree-all',
    '-da',

    '-fopt-info-vec=x.txt',
    '-fsave-optimization-record',
  ],
  ...[
    '-Wl,-Map,x.map',
    '-Wl,-Map=x.map',
    '-Wl,--gc-sections,--Map=x',
    '-Xlinker -Map=x',
    '-Wl,--out-implib,x',
    '-ftime-trace',
  ],
  ...[
    '-fmodules',
    '-fmodules-ts',
    '-aux-info x',
    '--serialize-diagnostics x',
    '-MJ x',
    '-Wa,-adhln=x.lst',
    '-index-store-path x',
  ],
]

for (const flags of writing) {
  test(`${flags} writes files that no graph declares`, (t) => {
    const [flag] = flags.split(' ').filter((word) => word !== '-Xlinker')
    t.is(compilerCommand({ shell: `gcc -Wall ${flags} -o x.o -c x.c` })?.writesUndeclared, flag)
  })
}

const reading = [
  '-fprofile-use',
  '-fprofile-use=x.gcda',
  '-fauto-profile',
  '-fplugin=./x.so',
  '-specs=x',
  '-Wl,--version-script=x',
  '-T x.ld',
]

for (const flags of reading) {
  test(`${flags} reads files that need not be declared`, (t) => {
    t.is(compilerCommand({ shell: `gcc ${flags} -o x x.o` })?.readsUndeclared, flags.split(' ')[0])
  })
}

test('the usual flags neither write nor read anything undeclared', (t) => {
  const flags =
    '-g -g3 -ggdb -O2 -Os -Wall -Wextra -Werror -std=c++20 -fPIC -fvisibility=hidden -flto=auto -fno-rtti -pthread -pipe -m64 ' +
    '-march=native -DNDEBUG -Da=b -UX -dM -MMD -MP -MF x.d -MT x.o -ffile-prefix-map=a=b -fdiagnostics-color=always -pedantic ' +
    '-fprofile-generate -fprofile-arcs -pg -fsanitize=address -dumpbase x -Wl,-O1 -Wl,--as-needed -Wl,-rpath,/x -Wl,-soname,x ' +
    '-Wl,--build-id -static-libgcc -rdynamic -shared -L/x -lm -Wa,--noexecstack -fopt-info -Ttext=0 -fdiagnostics-format=text'
  t.deepEqual(compilerCommand({ shell: `gcc ${flags} -o x.o -c x.c` }), { headerSearch: none })
})

test('g++ writes other files exactly with the flags that are said to make it', (t) => {
  requireTool('g++')
  const asked = [
    ...[
      '-gsplit-dwarf',
      '--coverage',
      '-coverage',
      '-ftest-coverage',
      '-save-temps',
      '-fstack-usage',
      '-fcallgraph-info',
    ],
    ...[
      '-fdump-tree-optimized',
      '-da',
      '-fopt-info-vec=x',
      '-fsave-optimization-record',
      '-aux-info x',
      '-Wa,-adhln=x',
    ],
    ...[
      '-g3',
      '-flto',
      '-pg',
      '-fprofile-arcs',
      '-fprofile-generate',
      '-fopt-info-vec',
      '-ftime-report',
      '-fsanitize=address',
    ],
    ...['-dA', '-dp', '-dH', '-dumpdir x-', '-fverbose-asm', '-fmem-report', '-frandom-seed=1', '-Wa,--noexecstack'],
  ]
  for (const flags of asked) {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-flags-'))
    try {
      writeFileSync(join(directory, 'a.cpp'), 'int f(int a) { return a; }\n')
      const shell = `g++ -O2 ${flags} -c a.cpp -o a.o`
      execFileSync('sh', ['-c', shell], { cwd: directory, stdio: 'ignore' })
      const others = readdirSync(directory).filter((file) => file !== 'a.cpp' && file !== 'a.o')
      t.is(
        compilerCommand({ shell })?.writesUndeclared !== undefined,
        others.length > 0,
        `${flags}: ${others.join(' ')}`,
      )
    } finally {
      rmSync(directory, { recursive: true })
    }
  }
})

const pieces = [
  'gcc',
  'ar',
  ' ',
  ' ',
  '-I',
  '-isystem',
  '-c',
  '-o',
  'a',
  'b.c',
  '"',
  "'",
  '\\',
  ' && ',
  ' -MD -MT a -MF b -o c -c d.c',
]
const text = fc
  .array(fc.constantFrom(...pieces, '$', '`', '(', '@', '-Wl,', '\n'), { maxLength: 20 })
  .map((parts) => parts.join(''))

test('reading never throws, whatever the text', (t) => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), fc.option(fc.string(), { nil: undefined }), (shell, responseFile) => {
      compilerCommand({ shell }, undefined, responseFile)
      compilerCommand({ argv: shell.split(' ') }, shell, responseFile)
      return true
    }),
    { numRuns: 5000 },
  )
  t.pass()
})

const name = fc.stringMatching(/^[a-z]{1,3}$/)
const option = fc.constantFrom('-I', '-isystem ', '-iquote ', '-idirafter ', '-I ', '-DX=', "'-DX;=", '-DX=\\"')
const flag = fc
  .tuple(option, name)
  .map(([start, rest]) => `${start}${rest}${start.startsWith("'") ? "'" : start.endsWith('"') ? '\\"' : ''}`)

test('a source with the same flags has the same result, and the one that its words have', (t) => {
  const ends = [
    (file: string) => `-MD -MT ${file}.o -MF ${file}.d -o ${file}.o -c ${file}.c`,
    (file: string) => `-c ${file}.c -o ${file}.o`,
    (file: string) => `-o ${file}.o -MMD -MF ${file}.d -c ../${file}.c`,
    (file: string) => `-c -o ${file}.o ${file}.c`,
  ]
  fc.assert(
    fc.property(fc.array(flag), name, name, fc.constantFrom(...ends), (flags, one, other, end) => {
      const [first, second] = [one, other].map((file) =>
        compilerCommand({ shell: `gcc ${flags.join(' ')} ${end(file)}` }),
      )
      const viaWords = compilerCommand({ shell: `gcc ${flags.join(' ')} ${end(one)} && :` })
      return first !== undefined && first === second && first === viaWords
    }),
  )
  t.pass()
})

test('equal searches are the same object', (t) => {
  const search = searchOf('gcc -Ia -c x.c')
  t.is(searchOf('g++ -O2 -I./a/ -o y.o -c y.c'), search)
  t.is(searchOf('gcc "-Ia" -c x.c'), search)
  t.is(compilerCommand({ argv: ['gcc', '-I', 'a', 'x.c'] })?.headerSearch, search)
})
