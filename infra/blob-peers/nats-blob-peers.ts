import { randomUUID } from 'node:crypto'
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { type Digest, digestBytes, digestOf } from '../../events/digest.ts'
import { defaultPrefix } from '../nats/streams.ts'
import type { BlobPeers, FindBlob } from './blob-peers.ts'

export interface NatsBlobPeersOptions {
  /** Stays open. */
  readonly connection: NatsConnection
  readonly prefix?: string
  /** How long others may take to say that they have a blob, in ms. Default: 1 s. */
  readonly answerMs?: number
}

const answerMsDefault = 1_000
/** How long one piece may take, in ms. */
const pieceMsMax = 5_000
/** Of a blob, in one message; a server takes 1 MiB. */
const pieceBytes = 512 * 1024
/** Peers that are asked for one blob, one after the other, when what comes is not it. */
const peersMax = 3
/** Contents that are being given out and need not be looked up for each piece. */
const openMax = 8

/**
 * Peers on core NATS: who wants a blob asks on `<prefix>.blob-wanted`, those who have it answer with their name, and the first
 * of them is asked for it piece by piece on `<prefix>.blob-of.<name>`.
 */
export class NatsBlobPeers implements BlobPeers {
  readonly #connection: NatsConnection
  readonly #wanted: string
  readonly #of: string
  readonly #answerMs: number
  readonly #fetches = new Map<Digest, Promise<Uint8Array | null>>()

  constructor({ connection, prefix = defaultPrefix, answerMs = answerMsDefault }: NatsBlobPeersOptions) {
    this.#connection = connection
    this.#wanted = `${prefix}.blob-wanted`
    this.#of = `${prefix}.blob-of`
    this.#answerMs = answerMs
  }

  fetch(digest: Digest): Promise<Uint8Array | null> {
    let fetch = this.#fetches.get(digest)
    if (fetch === undefined) {
      fetch = this.#fetch(digest).finally(() => this.#fetches.delete(digest))
      this.#fetches.set(digest, fetch)
    }
    return fetch
  }

  serve(find: FindBlob): () => void {
    const name = randomUUID()
    const open = new Map<Digest, Uint8Array>()
    const look = async (digest: Digest) => {
      const content = open.get(digest) ?? (await find(digest))
      if (content === null) return null
      open.delete(digest)
      open.set(digest, content)
      if (open.size > openMax) open.delete(open.keys().next().value!)
      return content
    }
    const subscriptions = [
      this.#answering(this.#wanted, async (message) => {
        const digest = message.string()
        if (isDigest(digest) && (await find(digest)) !== null) message.respond(name)
      }),
      this.#answering(`${this.#of}.${name}`, async (message) => {
        const [digest = '', offset = ''] = message.string().split(' ')
        const content = isDigest(digest) ? await look(digest) : null
        const start = Number(offset)
        if (content === null || !Number.isSafeInteger(start) || start < 0) return
        message.respond(content.subarray(start, start + pieceBytes))
        if (start + pieceBytes >= content.length) open.delete(digest)
      }),
    ]
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
    }
  }

  async #fetch(digest: Digest): Promise<Uint8Array | null> {
    try {
      const answers = await this.#connection.requestMany(this.#wanted, digest, {
        strategy: 'count',
        maxMessages: peersMax,
        maxWait: this.#answerMs,
      })
      for await (const answer of answers) {
        const content = await this.#from(answer.string(), digest)
        if (content !== null) return content
      }
    } catch {
      // Nobody listens, or the server is away: nobody has it, as far as can be told.
    }
    return null
  }

  async #from(peer: string, digest: Digest): Promise<Uint8Array | null> {
    const content = Buffer.allocUnsafe(digestBytes(digest))
    let at = 0
    try {
      while (at < content.length || content.length === 0) {
        const { data } = await this.#connection.request(`${this.#of}.${peer}`, `${digest} ${at}`, {
          timeout: pieceMsMax,
        })
        if (data.length === 0 || at + data.length > content.length) break
        content.set(data, at)
        at += data.length
      }
    } catch {
      return null
    }
    return at === content.length && digestOf(content) === digest ? content : null
  }

  #answering(subject: string, answer: (message: Msg) => Promise<void>): Subscription {
    return this.#connection.subscribe(subject, {
      callback: (error, message) => {
        // What can't be looked up here is not here.
        if (error === null) answer(message).catch(() => {})
      },
    })
  }
}

function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}\/\d{1,15}$/.test(text)
}
