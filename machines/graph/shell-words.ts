const plainWord = /^[\w@%+=:,./-]+$/

/** Quotes `word` so that `/bin/sh` takes it as one literal word. */
export function quoteShellWord(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/**
 * Splits a simple command into the words `/bin/sh` would make of it (POSIX.1-2024, Shell Command Language 2.2 Quoting).
 * Null when the line is more than one simple command of literal words: operators, redirections, expansions, globs,
 * comments, unclosed quotes.
 */
export function splitShellWords(line: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at]!
    if (character === ' ' || character === '\t') {
      if (word !== null) words.push(word)
      word = null
    } else if (character === '\\') {
      at += 1
      if (at >= line.length) return null
      if (line[at] !== '\n') word = (word ?? '') + line[at]
    } else if (character === "'") {
      const end = line.indexOf("'", at + 1)
      if (end === -1) return null
      word = (word ?? '') + line.slice(at + 1, end)
      at = end
    } else if (character === '"') {
      const quoted = readDoubleQuoted(line, at)
      if (quoted === null) return null
      word = (word ?? '') + quoted.content
      at = quoted.end
    } else if (isSpecial(character, word === null)) return null
    else word = (word ?? '') + character
  }
  if (word !== null) words.push(word)
  return words
}

function isSpecial(character: string, startsWord: boolean): boolean {
  return '\n;&|<>()$`*?['.includes(character) || (startsWord && (character === '#' || character === '~'))
}

function readDoubleQuoted(line: string, open: number): { content: string; end: number } | null {
  let content = ''
  for (let at = open + 1; at < line.length; at += 1) {
    const character = line[at]!
    if (character === '"') return { content, end: at }
    if (character === '$' || character === '`') return null
    if (character === '\\' && '$`"\\\n'.includes(line[at + 1] ?? ' ')) {
      at += 1
      if (line[at] !== '\n') content += line[at]
    } else content += character
  }
  return null
}
