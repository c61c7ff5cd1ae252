/** The first place at which a text stops being JSON; `offset` in UTF-16 code units from 0. */
export interface JsonSyntaxError {
  readonly offset: number
  /** One line, such as `expected "," or "]", found "}"`. */
  readonly message: string
}

type Expectation = 'value' | 'first-element' | 'key' | 'first-key' | 'colon' | 'separator'

const space = /[ \n\r\t]*/y
const token = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const word = /[^\s,:"{}[\]]+/y

/**
 * Finds what keeps `text` from being JSON (RFC 8259), or null if it is. `JSON.parse` decides the same question faster
 * but tells the position only for some errors; this is called after it refused. Nothing recurses.
 */
export function findJsonSyntaxError(text: string): JsonSyntaxError | null {
  const open: ('{' | '[')[] = []
  let expected: Expectation = 'value'
  let at = matchEnd(space, text, 0)!
  while (open.length > 0 || expected !== 'separator') {
    const next = readToken(text, at, expected, open)
    if ('message' in next) return next
    expected = next.expected
    at = matchEnd(space, text, next.end)!
  }
  return at === text.length ? null : { offset: at, message: `expected the end, found ${found(text, at)}` }
}

interface Step {
  readonly expected: Expectation
  readonly end: number
}

/** Takes the token at `at`, opening or closing a level of `open`, and says what must follow. */
function readToken(text: string, at: number, expected: Expectation, open: ('{' | '[')[]): Step | JsonSyntaxError {
  const character = text[at]
  const inside = open.at(-1)
  const closes = inside === '{' ? '}' : ']'
  if (character === closes && (expected === 'separator' || expected === 'first-key' || expected === 'first-element')) {
    open.pop()
    return { expected: 'separator', end: at + 1 }
  }
  if (expected === 'separator' && character === ',') return { expected: inside === '{' ? 'key' : 'value', end: at + 1 }
  if (expected === 'colon' && character === ':') return { expected: 'value', end: at + 1 }
  const isKey = expected === 'key' || expected === 'first-key'
  const isValue = expected === 'value' || expected === 'first-element'
  if (character === '"' && (isKey || isValue)) {
    const end = scanString(text, at)
    return typeof end === 'number' ? { expected: isKey ? 'colon' : 'separator', end } : end
  }
  if (isValue && (character === '{' || character === '[')) {
    open.push(character)
    return { expected: character === '{' ? 'first-key' : 'first-element', end: at + 1 }
  }
  const end = matchEnd(token, text, at)
  if (isValue && end !== null && end === matchEnd(word, text, at)) return { expected: 'separator', end }
  return { offset: at, message: `expected ${wanted(expected, inside)}, found ${found(text, at)}` }
}

/** The offset after the string that opens at `open`, or what is wrong inside it. */
function scanString(text: string, open: number): number | JsonSyntaxError {
  for (let at = open + 1; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') return at + 1
    if (text.charCodeAt(at) < 0x20) return { offset: at, message: `a string holds an unescaped ${found(text, at)}` }
    if (character !== '\\') continue
    if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(at, at + 6))) {
      return { offset: at, message: `a string holds the unknown escape ${JSON.stringify(text.slice(at, at + 2))}` }
    }
    at += 1
  }
  return { offset: open, message: 'a string is not closed' }
}

function wanted(expected: Expectation, open: '{' | '[' | undefined): string {
  switch (expected) {
    case 'value':
      return 'a value'
    case 'first-element':
      return 'a value or "]"'
    case 'key':
      return 'a property name in double quotes'
    case 'first-key':
      return 'a property name in double quotes or "}"'
    case 'colon':
      return '":"'
    case 'separator':
      return open === '{' ? '"," or "}"' : '"," or "]"'
  }
}

function found(text: string, at: number): string {
  const code = text.codePointAt(at)
  if (code === undefined) return 'the end of the file'
  if (code < 0x20 || code === 0x7f) return `control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  const end = matchEnd(word, text, at)
  return JSON.stringify(end === null ? String.fromCodePoint(code) : text.slice(at, Math.min(end, at + 20)))
}

/** Where the sticky `pattern` ends if it matches at `at`. */
function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}
