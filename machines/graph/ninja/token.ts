import { nameEnd } from './variable-name.ts'

/** A token's kind, in the words that error messages use. */
export type Token =
  | 'build'
  | 'default'
  | 'include'
  | 'pool'
  | 'rule'
  | 'subninja'
  | 'identifier'
  | 'indent'
  | 'newline'
  | 'end of file'
  | '='
  | ':'
  | '|'
  | '||'
  | '|@'
  | 'unknown'

/** A token's kind as an error message shows it. */
export function tokenPhrase(token: Token): string {
  if (token === 'newline') return 'the end of the line'
  return token === 'identifier' || token === 'indent' || token === 'end of file' ? token : `'${token}'`
}

/** A longer word is cut in messages. */
const WORD_UNITS_MAX = 40

/** What stands at this offset, for an error message. */
export function describeAt(text: string, offset: number): string {
  const character = text.charAt(offset)
  if (character === '') return 'the end of the file'
  if (character === '\n' || character === '\r') return 'the end of the line'
  if (character === ' ') return 'an indent'
  if (character === '\t') return 'a tab'
  const end = nameEnd(text, offset)
  if (end > offset) return `'${text.slice(offset, Math.min(end, offset + WORD_UNITS_MAX))}'`
  const pair = text.slice(offset, offset + 2)
  return pair === '||' || pair === '|@' ? `'${pair}'` : `'${character}'`
}

/** The kind of a word of letters, digits, `_`, `-` and `.`. */
export function keyword(text: string, start: number, length: number): Token {
  if (length === 5 && text.startsWith('build', start)) return 'build'
  if (length === 4 && text.startsWith('rule', start)) return 'rule'
  if (length === 4 && text.startsWith('pool', start)) return 'pool'
  if (length === 7 && text.startsWith('default', start)) return 'default'
  if (length === 7 && text.startsWith('include', start)) return 'include'
  if (length === 8 && text.startsWith('subninja', start)) return 'subninja'
  return 'identifier'
}
