import test from 'ava'
import { type Commit, chainStart, commitFormat, encodeCommit, type StoredCommit } from '../../events/commit.ts'
import { checkLink } from '../../events/commit-chain.ts'
import { sha256Hex } from '../../events/digest.ts'
import { LogDamage } from '../../events/log-damage.ts'

const buildId = '01hf7yat000000000000000000'
const commit = (version: number, prev: string): Commit => ({
  v: commitFormat,
  buildId,
  version,
  epoch: 1,
  prev,
  at: 5,
  events: [],
})
const first = encodeCommit(commit(1, chainStart))
const second = encodeCommit(commit(2, first.hash))

/** Stored with a hash that fits, whatever the bytes are. */
const storedAs = (version: number, text: string): StoredCommit => {
  const body = Buffer.from(text)
  return { buildId, version, body, hash: sha256Hex(body) }
}

const refuses = (title: string, previousHash: string, version: number, stored: StoredCommit, what: RegExp) =>
  test(title, (t) => {
    const error = t.throws(() => checkLink(previousHash, version, stored), { instanceOf: LogDamage, message: what })
    t.is(error.version, version)
    t.is(error.buildId, buildId)
  })

test('a link that holds gives its commit', (t) => {
  t.deepEqual(checkLink(chainStart, 1, first), commit(1, chainStart))
  t.deepEqual(checkLink(first.hash, 2, second), commit(2, first.hash))
})

test('bytes that lie in a larger buffer are read from their place', (t) => {
  const larger = Buffer.concat([Buffer.from('before'), first.body, Buffer.from('after')])
  const body = larger.subarray(6, 6 + first.body.byteLength)
  t.is(checkLink(chainStart, 1, { ...first, body }).version, 1)
})

const changed = Uint8Array.from(first.body)
changed[changed.length - 3]! ^= 1
refuses('a gap is damage of the commit that is missing', chainStart, 1, second, /missing \(commit 2/)
refuses('changed bytes are damage', chainStart, 1, { ...first, body: changed }, /do not match their hash/)
refuses('a changed hash is damage', chainStart, 1, { ...first, hash: second.hash }, /do not match their hash/)
refuses('a commit that follows another one is damage', second.hash, 2, second, /does not follow/)
refuses('bytes that are not JSON are damage', chainStart, 1, storedAs(1, '{"v":'), /not a commit/)
refuses('JSON that is no commit is damage', chainStart, 1, storedAs(1, 'null'), /not a commit/)
refuses("another version's bytes are damage", first.hash, 2, { ...first, version: 2 }, /those of commit 1/)
