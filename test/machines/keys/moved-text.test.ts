import test from 'ava'
import { movedOutput } from '../../../machines/keys/moved-text.ts'

const moved = (text: string, from: readonly string[], to: readonly string[]) =>
  Buffer.from(movedOutput(Buffer.from(text), from, to)).toString()

test('paths of the place where it was printed become those of this place', (t) => {
  t.is(
    moved('/a/src/x.c:1: warning in /a/src/build/y.h', ['/a/src/build', '/a/src'], ['/b/out', '/b/src']),
    '/b/src/x.c:1: warning in /b/out/y.h',
  )
})

test('a root within a longer path stays', (t) => {
  t.is(moved('/usr/src/lib:/src/lib:$ORIGIN/src', ['/src'], ['/b']), '/usr/src/lib:/b/lib:$ORIGIN/src')
  t.is(moved('/p/bé /p/b+x "/p/b"', ['/p/b'], ['/q']), '/p/bé /p/b+x "/q"')
})

test('longer names that begin alike stay', (t) => {
  t.is(moved('/a/src2/x /a/src-old /a/src.bak /a/src', ['/a/src'], ['/b']), '/a/src2/x /a/src-old /a/src.bak /b')
})

test('bytes that are no text come through', (t) => {
  const bytes = Buffer.from([0xff, 0x20, ...Buffer.from('/a/x'), 0x80])
  t.deepEqual([...movedOutput(bytes, ['/a'], ['/ü'])], [0xff, 0x20, ...Buffer.from('/ü/x'), 0x80])
  t.is(movedOutput(bytes, ['/a'], ['/a']), bytes)
})
