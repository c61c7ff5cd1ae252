/** Longest name of a file. Source: limits.h, NAME_MAX. */
const nameBytesMax = 255

/** Why no file can have this name, as the end of a sentence; null when one can. */
export function faultOfName(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'is not the name of a file'
  if (name.includes('/')) return 'has a slash in it'
  if (name.includes('\0')) return 'has a NUL character in it'
  if (!name.isWellFormed()) return 'is not Unicode'
  if (name.length * 3 > nameBytesMax && Buffer.byteLength(name) > nameBytesMax)
    return `is longer than ${nameBytesMax} bytes`
  return null
}

/** The order of names in messages: by code point, which is that of their UTF-8 bytes. Source: REAPI v2, message Directory. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return codePointRank(x) - codePointRank(y)
  }
  return a.length - b.length
}

/** UTF-16 puts what it writes in two units (D800 to DFFF) before E000 to FFFF, which are smaller code points. */
function codePointRank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit
}
