import test from 'ava'
import fc from 'fast-check'
import { wordChanges, wordsAsWritten } from '../../../machines/keys/word-changes.ts'

const changes = (before: string, after: string) => wordChanges(wordsAsWritten(before), wordsAsWritten(after))

test('a command line is taken apart into words as they are written', (t) => {
  t.deepEqual(wordsAsWritten(`cc  -DX="a b"  'c d'e f\\ g && rm x`), [
    'cc',
    '-DX="a b"',
    "'c d'e",
    'f\\ g',
    '&&',
    'rm',
    'x',
  ])
  t.deepEqual(wordsAsWritten(''), [])
  t.deepEqual(wordsAsWritten(`echo 'open "and`), ['echo', `'open "and`])
})

test('equal command lines have no changes, however they are spaced', (t) => {
  t.deepEqual(changes('cc -c a.c', 'cc  -c a.c '), [])
})

test('words that were added, removed and replaced are told each in its place', (t) => {
  t.deepEqual(changes('cc -O1 -c a.c', 'cc -O1 -DX=2 -c a.c'), [{ removed: [], added: ['-DX=2'] }])
  t.deepEqual(changes('cc -O1 -c a.c', 'cc -c a.c'), [{ removed: ['-O1'], added: [] }])
  t.deepEqual(changes('cc -O1 -c a.c -o a.o', 'cc -O2 -c a.c -o b.o'), [
    { removed: ['-O1'], added: ['-O2'] },
    { removed: ['a.o'], added: ['b.o'] },
  ])
})

test('of very long lists the middle counts as replaced', (t) => {
  const list = (name: string) => Array.from({ length: 3000 }, (_, i) => `${name}${i}`)
  t.deepEqual(wordChanges(['ld', ...list('a'), 'end'], ['ld', ...list('b'), 'end']), [
    { removed: list('a'), added: list('b') },
  ])
})

test('the changes name all words that only one of the lists has, and as few others as can be', (t) => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
  fc.assert(
    fc.property(words, words, (before, after) => {
      const found = wordChanges(before, after)
      const count = (list: readonly string[], word: string) => list.filter((other) => other === word).length
      const removed = found.flatMap((change) => change.removed)
      const added = found.flatMap((change) => change.added)
      t.is(before.length - removed.length, after.length - added.length)
      for (const word of 'abcd')
        t.is(count(before, word) - count(removed, word), count(after, word) - count(added, word))
      t.deepEqual(
        wordChanges(after, before).flatMap((change) => change.added).length,
        removed.length,
        'as many words are kept in either direction',
      )
    }),
  )
})
