import test from 'ava'
import { parseShowIncludes } from '../../../machines/graph/show-includes.ts'

test('lines that mark a header are taken out of the output', (t) => {
  const output = 'a.cc\r\nNote: including file: b.h\r\nNote: including file:   sub/../c.h\r\na.cc(3): warning\r\n'
  t.deepEqual(parseShowIncludes(output), { inputs: ['b.h', 'c.h'], output: 'a.cc(3): warning\n' })
})

test('the prefix of a localised compiler is used', (t) => {
  const output = 'Hinweis: Einlesen der Datei: b.h\nNote: including file: c.h\n'
  const result = parseShowIncludes(output, 'Hinweis: Einlesen der Datei: ')
  t.deepEqual(result, { inputs: ['b.h'], output: 'Note: including file: c.h\n' })
})

test('an empty prefix is the English one', (t) => {
  t.deepEqual(parseShowIncludes('Note: including file: b.h\n', '').inputs, ['b.h'])
})

test('a header is listed once', (t) => {
  const line = 'Note: including file: b.h\n'
  t.deepEqual(parseShowIncludes(line + line), { inputs: ['b.h'], output: '' })
})

test('headers of the system are left out', (t) => {
  const output =
    'Note: including file: C:\\Program Files\\x.h\nNote: including file: D:\\Microsoft Visual Studio 9\\y.h\nNote: including file: z.h\n'
  t.deepEqual(parseShowIncludes(output), { inputs: ['z.h'], output: '' })
})

test("the source's name is dropped only before the first header", (t) => {
  const output = 'X.CPP\nfoo.txt\nNote: including file: b.h\nx.cpp\n'
  t.is(parseShowIncludes(output).output, 'foo.txt\nx.cpp\n')
})

test('a mark without a path is ordinary output', (t) => {
  const output = 'Note: including file: \nNote: including file:   \n'
  t.deepEqual(parseShowIncludes(output), { inputs: [], output })
})

test('blank lines stay, and the last line gets its newline', (t) => {
  t.is(parseShowIncludes('\n\r\nx\ry').output, '\n\nx\ny\n')
  t.is(parseShowIncludes('').output, '')
})
