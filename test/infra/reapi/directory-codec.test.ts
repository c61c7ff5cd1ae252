import test from 'ava'
import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import { decodeDirectory, encodeDirectory } from '../../../infra/reapi/directory-codec.ts'
import { compareNames, faultOfName } from '../../../infra/reapi/file-name.ts'
import { ReapiError } from '../../../infra/reapi/reapi-error.ts'
import { decodeTree, encodeTree } from '../../../infra/reapi/tree-codec.ts'

const digest = digestOf('a')
const nothing = { files: [], directories: [], symlinks: [] }

/** One field of the wire format: a number's key (wire type 2), a length, the bytes. All are short here. */
function field(number: number, bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes)
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content])
}

const digestField = (number: number) =>
  field(number, Buffer.concat([field(1, digest.slice(0, 64)), Buffer.from([0x10, 1])]))
const fileNamed = (name: string | Uint8Array) => field(1, Buffer.concat([field(1, name), digestField(2)]))

test('an empty directory is no bytes', (t) => {
  t.is(encodeDirectory(nothing).byteLength, 0)
  t.deepEqual(decodeDirectory(Buffer.of()), nothing)
})

test('a directory has the bytes of the specification', (t) => {
  const bytes = encodeDirectory({
    files: [{ name: 'b', digest, isExecutable: true }],
    directories: [{ name: 'c', digest }],
    symlinks: [{ name: 'a', target: '../x' }],
  })
  const file = Buffer.concat([field(1, 'b'), digestField(2), Buffer.from([0x20, 1])])
  const expected = [
    field(1, file),
    field(2, Buffer.concat([field(1, 'c'), digestField(2)])),
    field(3, Buffer.concat([field(1, 'a'), field(2, '../x')])),
  ]
  t.deepEqual(Buffer.from(bytes), Buffer.concat(expected))
})

test('what is encoded can be decoded, and comes in the order of the UTF-8 bytes', (t) => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter((text) => faultOfName(text) === null)
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const files = names.map((one) => ({ name: one, digest, isExecutable: one.length > 2 }))
      const decoded = decodeDirectory(encodeDirectory({ ...nothing, files }))
      t.deepEqual(
        decoded.files.map((file) => file.name),
        names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      )
      t.deepEqual(
        decoded.files,
        files.toSorted((a, b) => compareNames(a.name, b.name)),
      )
    }),
    { numRuns: 300 },
  )
  t.true(compareNames('\uffff', '\u{10000}') < 0)
})

test('names that no file can have are refused, both ways', (t) => {
  for (const name of ['', '.', '..', 'a/b', '/', 'a\0b', 'x'.repeat(100), 'x'.repeat(256)]) {
    const isFine = name.length === 100
    const encode = () => encodeDirectory({ ...nothing, symlinks: [{ name, target: 'x' }] })
    if (isFine) t.notThrows(encode)
    else t.throws(encode, { instanceOf: ReapiError, message: /^Directory message: [^\n]+; have [^\n]+$/ })
    if (name.length > 100) continue
    const decode = () => decodeDirectory(fileNamed(name.slice(0, 20)))
    if (isFine) t.notThrows(decode)
    else t.throws(decode, { instanceOf: ReapiError, message: /^Directory message: [^\n]+; have [^\n]+$/ })
  }
})

test('a name twice, the wrong order, no digest, odd digests and odd targets are refused', (t) => {
  const link = (target: string) => field(3, Buffer.concat([field(1, 'a'), field(2, target)]))
  const hostile = {
    twice: Buffer.concat([fileNamed('a'), fileNamed('a')]),
    'in two lists': Buffer.concat([fileNamed('a'), link('x')]),
    'wrong order': Buffer.concat([fileNamed('b'), fileNamed('a')]),
    'no digest': field(1, field(1, 'a')),
    'odd digest': field(1, Buffer.concat([field(1, 'a'), field(2, field(1, 'A'.repeat(64)))])),
    'no target': link(''),
    'NUL in a target': link('a\0'),
    'not UTF-8': fileNamed(Buffer.from([0xff, 0xfe])),
    torn: fileNamed('a').subarray(0, -1),
  }
  for (const [title, bytes] of Object.entries(hostile))
    t.throws(() => decodeDirectory(bytes), { instanceOf: ReapiError, message: /^[^\n]+; have [^\n]+$/ }, title)
})

test('any bytes are a directory or a ReapiError', (t) => {
  const good = encodeDirectory({
    files: ['a', 'b', 'c'].map((name) => ({ name, digest, isExecutable: false })),
    directories: [{ name: 'd', digest }],
    symlinks: [{ name: 'e', target: 'f' }],
  })
  const attempt = (bytes: Uint8Array) => {
    try {
      const content = decodeDirectory(bytes)
      for (const { name } of [...content.files, ...content.directories, ...content.symlinks])
        t.is(faultOfName(name), null)
    } catch (error) {
      if (!(error instanceof ReapiError)) throw error
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => attempt(bytes)),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(good)
      changed[at] = byte
      attempt(changed)
    }),
    { numRuns: 1000 },
  )
  // A million groups, one in the other.
  attempt(Buffer.alloc(1_000_000, 0x7b))
  t.pass()
})

test('a directory with too many entries, and a message of too many bytes, are refused', (t) => {
  const many = Buffer.concat(Array.from({ length: 200_001 }, () => field(3, '')))
  t.throws(() => decodeDirectory(many), { instanceOf: ReapiError, message: /200001 entries/ })
  t.throws(() => decodeDirectory(Buffer.alloc(64 * 1024 * 1024 + 1)), { instanceOf: ReapiError })
})

test('a Tree message holds its directories; one that lacks any is refused', (t) => {
  const below = encodeDirectory({ ...nothing, files: [{ name: 'a', digest, isExecutable: false }] })
  const root = encodeDirectory({ ...nothing, directories: [{ name: 'd', digest: digestOf(below) }] })
  const decoded = decodeTree(encodeTree(root, [below]))
  t.is(decoded.root, digestOf(root))
  t.deepEqual([...decoded.directories.keys()], [digestOf(root), digestOf(below)])
  t.throws(() => decodeTree(encodeTree(root, [])), { instanceOf: ReapiError, message: /"d" is not among/ })
  t.throws(() => decodeTree(Buffer.of()), { instanceOf: ReapiError, message: /no root/ })
})
