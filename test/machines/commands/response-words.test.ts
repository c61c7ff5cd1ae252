import test from 'ava'
import fc from 'fast-check'
import { responseWords } from '../../../machines/commands/response-words.ts'

const cases: readonly (readonly [content: string, words: readonly string[]])[] = [
  ['', []],
  ['a.o b.o\n\tc.o\r\n', ['a.o', 'b.o', 'c.o']],
  ['"a b" \'c "d"\' e\\ f', ['a b', 'c "d"', 'e f']],
  ['-DX=\\"y\\" "a\\"b" a"b"c', ['-DX="y"', 'a"b', 'abc']],
  ['"" \'\'', ['', '']],
  ['"open', ['open']],
  ['end\\', ['end']],
]

for (const [content, words] of cases) {
  test(`words of a response file: ${JSON.stringify(content)}`, (t) => {
    t.deepEqual(responseWords(content), words)
  })
}

test('names that are escaped by backslashes come back as they were', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (names) => {
      const content = names.map((name) => name.replaceAll(/[\s'"\\]/g, '\\$&')).join('\n')
      t.deepEqual(responseWords(content), names)
    }),
  )
})
