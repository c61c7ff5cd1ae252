/**
 * Columns that a text without control characters takes on a terminal: two for the scripts and signs that terminals draw
 * wide, none for combining marks. The regular expressions stand in for the East Asian Width property (Unicode Annex 11),
 * which JavaScript's do not offer; where they differ a line is cut a little early or late.
 */
export function textWidth(text: string): number {
  if (isPrintableAscii(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text in at most `widthMax` columns, `...` in place of its middle where it is longer, as ninja does. */
export function elideMiddle(text: string, widthMax: number): string {
  if (textWidth(text) <= widthMax) return text
  if (widthMax <= mark.length) return mark.slice(0, Math.max(0, widthMax))
  const characters = [...text]
  const tailMax = Math.floor((widthMax - mark.length) / 2)
  const head = prefixOf(characters, widthMax - mark.length - tailMax)
  const tail = prefixOf(characters.reverse(), tailMax)
  return head.join('') + mark + tail.reverse().join('')
}

/** The text on one line: control characters and line breaks become blanks. */
export function toSingleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

const mark = '...'

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u

function isPrintableAscii(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

function characterWidth(character: string): number {
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

function prefixOf(characters: readonly string[], widthMax: number): string[] {
  let width = 0
  let end = 0
  while (end < characters.length) {
    width += characterWidth(characters[end]!)
    if (width > widthMax) break
    end++
  }
  return characters.slice(0, end)
}
