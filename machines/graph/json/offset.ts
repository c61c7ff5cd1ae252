/** The keys and indices that lead from a JSON document's root to one of its values. */
export type JsonPath = readonly (string | number)[]

/**
 * Finds where the value at `path` begins in `text`, or with `at: 'key'` where its key begins: `JSON.parse` forgets
 * positions, and error messages need them. Offsets are UTF-16 code units from 0.
 *
 * `text` must be JSON that `JSON.parse` accepts. Of equal keys the last one counts, as for `JSON.parse`. Where the path
 * leads nowhere, the innermost value that exists is the answer. Nesting of any depth is fine: nothing recurses.
 */
export function offsetOfJsonPath(text: string, path: JsonPath, at: 'key' | 'value' = 'value'): number {
  let value = skipSpace(text, 0)
  let key = value
  for (const step of path) {
    const found = text[value] === '{' ? findMember(text, value, String(step)) : findElement(text, value, step)
    if (found === null) return value
    key = found.key
    value = found.value
  }
  return at === 'key' ? key : value
}

interface Found {
  readonly key: number
  readonly value: number
}

function findMember(text: string, object: number, name: string): Found | null {
  let found: Found | null = null
  let key = skipSpace(text, object + 1)
  while (text[key] === '"') {
    const keyEnd = skipString(text, key)
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1)
    if (JSON.parse(text.slice(key, keyEnd)) === name) found = { key, value }
    const comma = skipSpace(text, skipValue(text, value))
    key = skipSpace(text, comma + 1)
  }
  return found
}

function findElement(text: string, array: number, index: string | number): Found | null {
  if (text[array] !== '[') return null
  let value = skipSpace(text, array + 1)
  for (let at = 0; value < text.length && text[value] !== ']'; at += 1) {
    if (at === index) return { key: value, value }
    const comma = skipSpace(text, skipValue(text, value))
    if (text[comma] !== ',') return null
    value = skipSpace(text, comma + 1)
  }
  return null
}

function skipSpace(text: string, offset: number): number {
  let at = offset
  for (; ; at += 1) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
  }
}

function skipString(text: string, open: number): number {
  let at = open + 1
  for (; at < text.length && text[at] !== '"'; at += 1) {
    if (text[at] === '\\') at += 1
  }
  return at + 1
}

const literal = /[^\s,\]}]*/y

function skipValue(text: string, start: number): number {
  let at = start
  let depth = 0
  while (at < text.length) {
    const character = text[at]
    if (character === '"') at = skipString(text, at)
    else if (character === '{' || character === '[') {
      depth += 1
      at += 1
    } else if (character === '}' || character === ']') {
      depth -= 1
      at += 1
    } else if (depth > 0) at += 1
    else {
      literal.lastIndex = at
      literal.test(text)
      return literal.lastIndex
    }
    if (depth === 0) return at
  }
  return at
}
