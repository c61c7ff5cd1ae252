import type { Command, ResponseFile } from '../graph/build-graph.ts'
import { canonicalize } from '../graph/ninja/canonical-path.ts'

/** What a command's text mentions that may be files which it reads. */
export interface MentionedFiles {
  /** Relative to the graph's directory or absolute, canonical, each once. Most of them are not there. */
  readonly paths: readonly string[]
  /** Names of libraries (`-lz`: `z`). */
  readonly libraries: readonly string[]
  /** Directories in which libraries are looked for first (`-L`), in order. */
  readonly libraryDirectories: readonly string[]
}

/**
 * Every word, and every part of a word between `=` and `,`, that could be the name of a file. Which of them are files is for
 * the caller to see: a graph does not always declare all that a command reads, and its text often says it.
 *
 * @param cwd the task's working directory, relative to the graph's directory or absolute
 */
export function mentionedFiles(command: Command, rspfile: ResponseFile | undefined, cwd?: string): MentionedFiles {
  const text = `${'shell' in command ? command.shell : command.argv.join(' ')} ${rspfile?.content ?? ''}`
  const directories = new Set([cwd ?? '.', ...enteredDirectories(text)])
  const paths = new Set<string>()
  const libraries = new Set<string>()
  const libraryDirectories = new Set<string>()
  const inEach = (path: string, add: (path: string) => void) => {
    if (path.startsWith('/')) add(canonicalize(path))
    else for (const directory of directories) add(canonicalize(directory === '.' ? path : `${directory}/${path}`))
  }
  let flag = ''
  for (const written of text.split(separators)) {
    // `-L dir` and `-l name` in two words mean the same as in one.
    const word = flag + written
    flag = word === '-L' || word === '-l' ? word : ''
    if (flag !== '' || word === '' || word === '.' || word === '/') continue
    if (word.startsWith('-l')) libraries.add(word.slice(2))
    else if (word.startsWith('-L')) inEach(word.slice(2), (path) => libraryDirectories.add(path))
    else if (!word.startsWith('-')) inEach(word.startsWith('@') ? word.slice(1) : word, (path) => paths.add(path))
  }
  return { paths: [...paths], libraries: [...libraries], libraryDirectories: [...libraryDirectories] }
}

/** What ends a word for a shell, and what parts an option from its value. */
const separators = /[\s"'`=,;&|<>()]+/

function enteredDirectories(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[;&(]\s*)cd\s+["']?([^\s"';&|()]+)/g)].map(([, directory]) => directory!)
}
