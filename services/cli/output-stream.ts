/** Where text goes: a stream that may be a terminal, whose size is then known and may change. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}
