/** What a key means while stepping through a build; a number is a digit. */
export type StepKey = 'forward' | 'back' | 'first' | 'last' | 'enter' | 'erase' | 'quit' | number

const meanings: ReadonlyMap<string, StepKey> = new Map<string, StepKey>([
  ['n', 'forward'],
  [' ', 'forward'],
  ['\x1b[C', 'forward'],
  ['\x1bOC', 'forward'],
  ['\x1b[B', 'forward'],
  ['\x1bOB', 'forward'],
  ['p', 'back'],
  ['\x1b[D', 'back'],
  ['\x1bOD', 'back'],
  ['\x1b[A', 'back'],
  ['\x1bOA', 'back'],
  ['g', 'first'],
  ['\x1b[H', 'first'],
  ['G', 'last'],
  ['\x1b[F', 'last'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\x7f', 'erase'],
  ['\b', 'erase'],
  ['q', 'quit'],
  ['\x03', 'quit'],
  ['\x04', 'quit'],
])

/** The keys in what a terminal in raw mode sent at once; those without a meaning are left out. */
export function readStepKeys(data: string): StepKey[] {
  const keys: StepKey[] = []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: arrow keys begin with an escape character
  for (const [sequence] of data.matchAll(/\x1b[[O][0-9;]*[A-Za-z~]|./gs)) {
    const meaning = meanings.get(sequence)
    if (meaning !== undefined) keys.push(meaning)
    else if (/^\d$/.test(sequence)) keys.push(Number(sequence))
  }
  return keys
}
