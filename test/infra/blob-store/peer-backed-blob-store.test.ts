import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import type { BlobPeers } from '../../../infra/blob-peers/blob-peers.ts'
import { BlobStoreError } from '../../../infra/blob-store/blob-store.ts'
import { MemoryBlobStore } from '../../../infra/blob-store/memory-blob-store.ts'
import { PeerBackedBlobStore } from '../../../infra/blob-store/peer-backed-blob-store.ts'
import { MillraceRig } from '../../rig/millrace.ts'

/** A store that goes away and comes back as the test says. */
class HandStore extends MemoryBlobStore {
  isAway = false

  override put(digest: string, content: Uint8Array): boolean {
    this.#ask()
    return super.put(digest, content)
  }

  override get(digest: string): Uint8Array | null {
    this.#ask()
    return super.get(digest)
  }

  override copyTo(digest: string, path: string, mode: { readonly isExecutable: boolean }): boolean {
    this.#ask()
    return super.copyTo(digest, path, mode)
  }

  override missing(digests: readonly string[]): readonly string[] {
    this.#ask()
    return super.missing(digests)
  }

  #ask(): void {
    if (this.isAway) throw new BlobStoreError('away')
  }
}

const blob = Buffer.from('content')
const digest = digestOf(blob)
const peers: BlobPeers = { fetch: async (wanted) => (wanted === digest ? blob : null), serve: () => () => {} }

test('what the store has lost comes from a peer, and is given back to it', async (t) => {
  const store = new HandStore()
  const backed = new PeerBackedBlobStore(store, peers, () => t.fail())
  t.deepEqual(await backed.get(digest), blob)
  t.deepEqual(store.missing([digest]), [])
  t.is(await backed.get(digestOf('other')), null)
})

test('a store that is away is told of once each time, and what it can not take counts as kept', async (t) => {
  const store = new HandStore()
  let told = 0
  const backed = new PeerBackedBlobStore(store, peers, () => {
    told++
  })
  const path = join(new MillraceRig(t).directory, 'file')
  store.isAway = true
  t.true(await backed.put(digest, blob))
  t.false(await backed.put(digest, Buffer.from('another')))
  t.deepEqual(await backed.missing([digest]), [digest])
  t.true(await backed.copyTo(digest, path, { isExecutable: false }))
  t.is(readFileSync(path, 'utf8'), 'content')
  t.is(told, 1)
  store.isAway = false
  t.true(await backed.put(digest, blob))
  store.isAway = true
  t.deepEqual(await backed.get(digest), blob)
  t.is(told, 2)
})
