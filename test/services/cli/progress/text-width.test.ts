import test from 'ava'
import fc from 'fast-check'
import { longDuration, shortDuration } from '../../../../services/cli/progress/duration-text.ts'
import { elideMiddle, textWidth, toSingleLine } from '../../../../services/cli/progress/text-width.ts'

test('wide characters take two columns and combining marks none', (t) => {
  t.is(textWidth('plain'), 5)
  t.is(textWidth('日本語'), 6)
  t.is(textWidth('e\u0301'), 1)
  t.is(textWidth('🚀'), 2)
})

test('an elided text never takes more columns than it may, and a short one stays as it is', (t) => {
  const texts = fc.array(fc.constantFrom('a', 'ü', '日', '🚀', '\u0301'), { maxLength: 40 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 0, max: 50 }), (characters, widthMax) => {
      const text = characters.join('')
      const elided = elideMiddle(text, widthMax)
      return textWidth(elided) <= widthMax && (textWidth(text) > widthMax || elided === text)
    }),
  )
  t.is(elideMiddle('abcdefghij', 9), 'abc...hij')
})

test('control characters do not reach a line that is rewritten', (t) =>
  t.is(toSingleLine('a\r\n\tb\u001b[2Jc\n'), 'a b [2Jc'))

test('durations use the units that people would', (t) => {
  t.deepEqual([0, 59_999, 65_000, 3_723_000].map(shortDuration), ['0s', '59s', '1m05s', '1h02m'])
  t.deepEqual([40, 12_340, 59_960, 3_600_000].map(longDuration), ['0.04 s', '12.3 s', '1 min 0 s', '1 h 0 min'])
})
