import test from 'ava'
import { CommandLines } from '../../../infra/executor/command-line.ts'

const lines = new CommandLines({ 'BASH_FUNC_module%%': '() { exit 1; }' })
const viaShell = (text: string) => `/bin/sh -c '${text.replaceAll("'", "'\\''")}'`

test('lines as CMake writes them are sent as they are', (t) => {
  const plain = [
    '/usr/bin/c++ -DX=\\"y\\" -DVERSION=\'"1.2"\' -I/src/a -std=gnu++17 -MD -MT a.o -MF a.o.d -o a.o -c /src/a.cc',
    ': && /usr/bin/c++ -O2 a.o b.o -o app  -Wl,-rpath,/x:/y && :',
    '/usr/bin/cmake -E rm -f libx.a && /usr/bin/ar qc libx.a  a.o && /usr/bin/ranlib libx.a && :',
    'cp "a b" c',
    '  gcc\t-c a\\ b.c  ',
    'gcc "-DA=\\"b\\""',
  ]
  for (const line of plain) t.is(lines.line({ shell: line }), line)
})

test('lines that could change, end or confuse a helper go to a shell of their own', (t) => {
  const others = [
    'cd /x',
    'cd /x && ls',
    'exit',
    'A=b cc',
    'a; b',
    'a | b',
    'a & b',
    'a &',
    'ls *',
    'ls ~',
    'echo $A',
    '',
  ]
  const broken = [
    'a "b',
    "a 'b",
    'a \\',
    'a &&',
    '&& a',
    'a && && b',
    'a\nb',
    'if',
    '(a)',
    'a < b',
    'a # b',
    '"cd" /',
    '%1',
  ]
  const others2 = ['module load', 'a && module', "c'd' /", 'time a', '! a', '{ a', 'a `b`', '"`b`"', 'a "$b"', ' ', 'é']
  for (const line of [...others, ...broken, ...others2]) t.is(lines.line({ shell: line }), viaShell(line), line)
})

test('variables that shells treat specially are set by env', (t) => {
  const command = { argv: ['cc', 'a b'] }
  t.is(lines.line(command, { A: 'x y' }), "A='x y' cc 'a b'")
  t.is(lines.line(command, { PPID: '1' }), "/usr/bin/env -- PPID=1 cc 'a b'")
  t.is(lines.line({ shell: 'a && b' }, { A: '1' }), "A=1 /bin/sh -c 'a && b'")
})
