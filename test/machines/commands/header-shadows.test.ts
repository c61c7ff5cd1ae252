import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { compilerCommand, type HeaderSearch } from '../../../machines/commands/compiler-command.ts'
import { shadowingCandidates } from '../../../machines/commands/header-shadows.ts'
import { parseDepfile } from '../../../machines/graph/depfile.ts'
import { requireTool } from '../../rig/require-tool.ts'

const search: HeaderSearch = { quote: ['q'], angled: ['a', 'a/b'], system: ['/s'], hasStandard: true, after: ['z'] }
const standard = ['/std', '/usr/include']

const cases: readonly (readonly [what: string, header: string, candidates: readonly string[]])[] = [
  ['in the first -I directory', 'a/x.h', ['src/x.h', 'q/x.h']],
  ['in a -I directory below another one', 'a/b/x.h', ['src/b/x.h', 'q/b/x.h', 'src/x.h', 'q/x.h', 'a/x.h']],
  ['in a system directory', '/s/sys/x.h', ['src/sys/x.h', 'q/sys/x.h', 'a/sys/x.h', 'a/b/sys/x.h']],
  ['of the compiler', '/usr/include/x.h', ['src/x.h', 'q/x.h', 'a/x.h', 'a/b/x.h', '/s/x.h', '/std/x.h']],
  [
    'in a directory after the compiler’s',
    'z/x.h',
    ['src/x.h', 'q/x.h', 'a/x.h', 'a/b/x.h', '/s/x.h', '/std/x.h', '/usr/include/x.h'],
  ],
  ['in a quote directory', 'q/x.h', ['src/x.h']],
  ['beside the source', 'src/x.h', []],
  ['in no directory of the search', 'other/x.h', []],
  ['in a directory with a longer name', 'ab/x.h', []],
]

for (const [what, header, candidates] of cases) {
  test(`a header ${what} is shadowed by what comes earlier`, (t) => {
    t.deepEqual(shadowingCandidates(search, standard, 'src', header), candidates)
  })
}

test('headers that include come first with their directories, like the source', (t) => {
  const plain: HeaderSearch = { quote: [], angled: ['a', 'b'], system: [], hasStandard: false, after: [] }
  t.deepEqual(shadowingCandidates(plain, [], ['src', 'b/sub'], 'b/x.h'), ['src/x.h', 'b/sub/x.h', 'a/x.h'])
})

test('without standard directories none of them counts', (t) => {
  const without = { ...search, hasStandard: false }
  t.deepEqual(shadowingCandidates(without, standard, 'src', '/usr/include/x.h'), [])
  t.false(shadowingCandidates(without, standard, 'src', 'z/x.h').includes('/std/x.h'))
})

test('the graph’s directory and the root have names like any other', (t) => {
  const plain: HeaderSearch = { quote: [], angled: ['.', '/', 'a'], system: [], hasStandard: false, after: [] }
  t.deepEqual(shadowingCandidates(plain, [], '.', 'a/x.h'), ['x.h', '/x.h'])
  t.deepEqual(shadowingCandidates(plain, [], 'src', '/r/x.h'), ['src/r/x.h', 'r/x.h'])
  t.deepEqual(shadowingCandidates(plain, [], 'src', '../x.h'), [])
})

test('a -I directory that the compiler has itself counts at the compiler’s place', (t) => {
  const double: HeaderSearch = { quote: [], angled: ['/usr/include', 'a'], system: [], hasStandard: true, after: [] }
  t.deepEqual(shadowingCandidates(double, standard, 'src', '/usr/include/x.h'), ['src/x.h', 'a/x.h', '/std/x.h'])
})

/** Directories with nested ones among them, each with the option that names it. */
const directories = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom('-I', '-iquote ', '-isystem ', '-idirafter '),
    fc.constantFrom('a', 'a/n', 'b', 'b/n', 'c', 'd'),
  ),
  { minLength: 1, maxLength: 6, selector: ([option, path]) => option + path },
)

/** Tells which file the real compiler takes for an include. */
class IncludeTree {
  readonly #top: string
  readonly flags: string

  constructor(top: string, options: readonly (readonly [string, string])[]) {
    this.#top = top
    this.flags = options.map(([option, path]) => `${option}${path}`).join(' ')
    for (const path of ['src', 'a/n/n', 'b/n/n', 'c/n', 'd/n']) mkdirSync(join(top, path), { recursive: true })
  }

  write(path: string, content = ''): void {
    mkdirSync(dirname(join(this.#top, path)), { recursive: true })
    writeFileSync(join(this.#top, path), content)
  }

  remove(path: string): void {
    rmSync(join(this.#top, path))
  }

  /** The header that the source includes now; undefined when none is found. */
  taken(): string | undefined {
    const args = ['-M', ...this.flags.split(' '), 'src/x.cpp']
    try {
      const output = execFileSync('g++', args, {
        cwd: this.#top,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const depfile = parseDepfile(output)
      return depfile.ok ? depfile.inputs.find((path) => path.endsWith('.h') && !path.startsWith('/')) : undefined
    } catch {
      return undefined
    }
  }
}

test('g++ takes a new file exactly where a candidate is, and nowhere else', (t) => {
  requireTool('g++')
  fc.assert(
    fc.property(
      directories,
      fc.constantFrom('<x.h>', '"x.h"', '<n/x.h>', '"n/x.h"'),
      fc.nat(5),
      (options, include, place) => {
        const top = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-shadows-')))
        try {
          const tree = new IncludeTree(top, options)
          const name = include.slice(1, -1)
          tree.write('src/x.cpp', `#include ${include}\n`)
          const found = `${options[place % options.length]![1]}/${name}`
          tree.write(found)
          // An angled include is not looked up in -iquote directories.
          if (tree.taken() !== found) return true
          const headerSearch = compilerCommand({ shell: `g++ ${tree.flags} -c src/x.cpp` })!.headerSearch!
          const candidates = shadowingCandidates(headerSearch, [], 'src', found)
          const everywhere = ['src', 'a', 'a/n', 'b', 'b/n', 'c', 'd'].map((directory) => `${directory}/${name}`)
          for (const path of everywhere) {
            if (path === found) continue
            tree.write(path)
            const taken = tree.taken()
            tree.remove(path)
            if (taken === path) {
              if (!candidates.includes(path)) return false
            } else if (taken !== found) return false
            // What is a candidate for `#include "..."` only, or under another name of the header, is not taken.
            else if (include.startsWith('"') && isSure(headerSearch) && candidates.includes(path)) return false
          }
          return true
        } finally {
          rmSync(top, { recursive: true })
        }
      },
    ),
    { numRuns: 25 },
  )
  t.pass()
})

/** Whether no directory is within another, nor there twice: then the header has one name only, and one place. */
function isSure({ quote, angled, system, after }: HeaderSearch): boolean {
  const all = [...quote, ...angled, ...system, ...after]
  return new Set(all.map((path) => path[0])).size === all.length
}
