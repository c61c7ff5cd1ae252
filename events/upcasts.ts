/** An event of any format, as JSON gave it. */
export interface RawEvent {
  readonly type: string
  readonly [property: string]: unknown
}

/** Turns an event of one format into what says the same in the next one; most events stay as they are. */
export type Upcast = (event: RawEvent) => readonly RawEvent[]

/**
 * The way from each format to the next: the first turns format 1 into 2. Whoever changes an event adds the upcast here,
 * raises `commitFormat`, and keeps a history of the former format in `test/histories`.
 */
export const upcasts: readonly Upcast[] = [
  // Format 2 added surroundings and the cache. What format 1 says of a task lacks both, which is what their absence means.
  (event) => [event],
]

/** Events of format `from`, as they are in the newest format of the chain. */
export function upcastEvents(events: readonly RawEvent[], from: number, chain: readonly Upcast[]): readonly RawEvent[] {
  let current = events
  for (const upcast of chain.slice(from - 1)) current = current.flatMap(upcast)
  return current
}
