import { zstdCompressSync } from 'node:zlib'
import test from 'ava'
import { pack, packAtOnce, unpack, unpackAtOnce } from '../../../infra/redis/packed-value.ts'
import { blobOf } from '../blob-store/sample-blobs.ts'

const sizes = [0, 1, 511, 512, 65_536, 65_537, 1_048_576]

test('contents of any size and kind come back, and the value is a copy', async (t) => {
  for (const content of sizes.flatMap((size) => [blobOf(size), Uint8Array.from(Buffer.alloc(size, 'text '))])) {
    const given = Uint8Array.from(content)
    const values = [await pack(given), packAtOnce(given)]
    given.fill(9)
    for (const value of values) {
      t.is(Buffer.compare((await unpack(value, content.byteLength))!, content), 0)
      t.is(Buffer.compare(unpackAtOnce(value, content.byteLength)!, content), 0)
    }
  }
})

test('only what gets smaller by that is compressed', async (t) => {
  for (const size of sizes) {
    t.is((await pack(blobOf(size))).byteLength, size + 1)
    const text = await pack(Buffer.alloc(size, 'text '))
    t.is(text.byteLength <= size / 2, size >= 512)
  }
})

test('a content of which a part compresses well is compressed', async (t) => {
  const content = Buffer.concat([blobOf(100_000), Buffer.alloc(200_000, 'text '), blobOf(100_000)])
  t.true((await pack(content)).byteLength < 210_000)
})

test('what is no packed value, or has too many bytes, is none', async (t) => {
  const bomb = Buffer.concat([Buffer.from([1]), zstdCompressSync(Buffer.alloc(10_000_000))])
  for (const value of [Buffer.alloc(0), Buffer.from([7, 1]), Buffer.from([1, 2, 3]), bomb, Buffer.alloc(102)])
    for (const bytesMax of [0, 100]) {
      t.is(await unpack(value, bytesMax), null)
      t.is(unpackAtOnce(value, bytesMax), null)
    }
  t.is(await unpack(bomb, 9_999_999), null)
})
