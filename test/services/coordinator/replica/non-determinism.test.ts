import test from 'ava'
import { digestOf, type FileVersion } from '../../../../events/digest.ts'
import { nonDeterminism } from '../../../../services/coordinator/replica/non-determinism.ts'

const outputs = (text: string): FileVersion[] => [
  ['same', digestOf('same')],
  ['a.o', digestOf(text)],
]

test('equal outputs of two workers are no news', (t) => {
  t.is(nonDeterminism('a', { outputs: outputs('x'), worker: 'w1' }, { outputs: outputs('x'), worker: 'w2' }), undefined)
})

test('the first output that differs is named with both digests and workers', (t) => {
  const line = nonDeterminism('a', { outputs: outputs('x'), worker: 'w1' }, { outputs: outputs('y'), worker: 'w2' })
  const [x, y] = ['x', 'y'].map((text) => digestOf(text).slice(0, 12))
  t.is(line, `a is not deterministic: a.o is ${x} by w1 and ${y} by w2`)
})
