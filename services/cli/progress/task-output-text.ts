import { isUtf8 } from 'node:buffer'
import { stripVTControlCharacters } from 'node:util'
import type { TaskOutput } from '../../../events/task-events.ts'

export interface OutputReading {
  readonly readOutput: (output: TaskOutput) => Promise<Uint8Array>
  /** `false`: escape sequences are taken out (ninja does so when its output is not a terminal). */
  readonly hasColour: boolean
}

/** What a task printed, ready to be written: whole, and ended by a line break. */
export function taskOutputText(output: TaskOutput, reading: OutputReading): string | Promise<string | Uint8Array> {
  const dropped = droppedNote(output)
  if (output.text !== undefined) return cleaned(output.text, reading.hasColour) + dropped
  if (output.attachment === undefined) return dropped
  return reading.readOutput(output).then(
    (bytes) =>
      isUtf8(bytes) ? cleaned(Buffer.from(bytes).toString(), reading.hasColour) + dropped : withRaw(bytes, dropped),
    (error: unknown) => `(its output can't be read: ${error instanceof Error ? error.message : error})\n`,
  )
}

/** Ends in a line break, after which colours that the task left on are off again. */
function cleaned(text: string, hasColour: boolean): string {
  if (!text.includes('\x1b')) return ended(text)
  return hasColour ? `${ended(text)}\x1b[0m` : ended(stripVTControlCharacters(text))
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function withRaw(bytes: Uint8Array, dropped: string): Uint8Array {
  return Buffer.concat([bytes, Buffer.from(bytes.at(-1) === 0x0a ? dropped : `\n${dropped}`)])
}

function droppedNote({ bytesDropped }: TaskOutput): string {
  return bytesDropped === undefined ? '' : `(${bytesDropped} bytes of output beyond the limit were not kept)\n`
}
