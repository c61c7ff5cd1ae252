/**
 * The words of a response file as GCC and the binary tools read it: separated by white space; within quotes of either
 * kind everything but a backslash is itself; a backslash takes the next character as it is. Never throws.
 */
export function responseWords(content: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < content.length; at++) {
    const character = content[at]!
    if (character === '\\') word = (word ?? '') + (content[++at] ?? '')
    else if (quote !== '') {
      if (character === quote) quote = ''
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (word !== undefined) words.push(word)
  return words
}
