/** By character code: 1 for a character of a simple name (`$name`), 2 for `.`, which only `${a.b}` and bindings allow. */
const NAME = new Uint8Array(128)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-') {
  NAME[character.charCodeAt(0)] = 1
}
NAME['.'.charCodeAt(0)] = 2

/** Where a name (of a rule, pool or variable) that starts at `start` ends; `start` itself when there is none. */
export function nameEnd(text: string, start: number): number {
  let end = start
  let code = text.charCodeAt(end)
  // Also false for NaN, the end of the text.
  while (code < 128 && NAME[code] !== 0) code = text.charCodeAt(++end)
  return end
}

/** The same for a name without dots, as it may follow a `$` without braces. */
export function simpleNameEnd(text: string, start: number): number {
  let end = start
  let code = text.charCodeAt(end)
  while (code < 128 && NAME[code] === 1) code = text.charCodeAt(++end)
  return end
}
