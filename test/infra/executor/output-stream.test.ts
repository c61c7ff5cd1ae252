import test from 'ava'
import fc from 'fast-check'
import { MarkerScanner } from '../../../infra/executor/marker-scanner.ts'
import { OutputBuffer } from '../../../infra/executor/output-buffer.ts'

const nonce = 'abcabcabd'

test('a marker is found wherever the stream is cut, and the output before it is exact', (t) => {
  const lookalike = fc.constantFrom('abcabcab', 'abcabc', nonce, 'abcabcabc:', ':', '1\n', '\n', 'x', '\0', 'abca')
  const output = fc.array(lookalike, { maxLength: 12 }).map((parts) => parts.join(''))
  const clean = output.filter((each) => !`${each}${nonce}:`.slice(0, -1).includes(`${nonce}:`))
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 12 }))
  fc.assert(
    fc.property(clean, fc.integer({ min: 0, max: 255 }), cuts, (before, code, sizes) => {
      const stream = Buffer.from(`${before}${nonce}:${code}\nlate`, 'latin1')
      const scanner = new MarkerScanner(nonce)
      const seen: Buffer[] = []
      let found = -1
      for (let at = 0; at < stream.length && found === -1; ) {
        const size = sizes.next().value ?? 1
        found = scanner.scan(stream.subarray(at, at + size), (piece) => seen.push(Buffer.from(piece)))
        at += size
      }
      t.is(found, code)
      t.is(Buffer.concat(seen).toString('latin1'), before)
    }),
  )
})

test('what could have begun a marker is given back when the stream ends', (t) => {
  const scanner = new MarkerScanner(nonce)
  const seen: string[] = []
  t.is(
    scanner.scan(Buffer.from('xyabcabc'), (piece) => seen.push(Buffer.from(piece).toString())),
    -1,
  )
  t.deepEqual(seen, ['xy'])
  t.is(Buffer.from(scanner.takeHeld()).toString(), 'abcabc')
})

test('a buffer keeps all, or the first and the last half, of what was written', (t) => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 40 }), (parts, bytesMax) => {
      const buffer = new OutputBuffer(bytesMax)
      for (const part of parts) buffer.append(part)
      const all = Buffer.concat(parts)
      const dropped = Math.max(0, all.length - bytesMax)
      const head = Math.ceil(bytesMax / 2)
      const kept = dropped === 0 ? all : Buffer.concat([all.subarray(0, head), all.subarray(head + dropped)])
      t.is(buffer.droppedBytes, dropped)
      t.deepEqual(Buffer.from(buffer.take()), kept)
    }),
  )
})
