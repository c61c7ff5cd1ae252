import type { Msg } from '@nats-io/transport-node'

/** A message as a consumer of a stream has delivered it. */
export interface Delivery {
  readonly data: Uint8Array
  readonly subject: string
  /** Number in the stream. */
  readonly sequence: number
  /** The same for each delivery of one message, and for no other, also where the stream was made anew. */
  readonly key: string
  /** Done: it leaves the stream. */
  ack(): void
  /** Not done: it may be delivered again at once. */
  giveBack(): void
  /** Still under way: it is not delivered again for the consumer's `ack_wait`. */
  keep(): void
}

/** `undefined`: a consumer did not deliver it. Source: NATS ADR-15 (forms of the reply subject `$JS.ACK.…`). */
export function deliveryOf(message: Msg): Delivery | undefined {
  const tokens = message.reply?.split('.') ?? []
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined
  // Newer servers put a domain and an account before the stream.
  const [sequence, , time] = tokens.slice(tokens.length > 9 ? 7 : 5)
  return {
    data: message.data,
    subject: message.subject,
    sequence: Number(sequence),
    key: `${sequence}.${time}`,
    ack: () => void message.respond('+ACK'),
    giveBack: () => void message.respond('-NAK'),
    keep: () => void message.respond('+WPI'),
  }
}
