import type { HeaderSearch } from './compiler-command.ts'
import { pathIn } from './directory-path.ts'

/** Options whose value is the next word, besides those that name header directories. */
const takesValue = new Set([
  ...[
    '-A',
    '-D',
    '-F',
    '-G',
    '-L',
    '-MF',
    '-MJ',
    '-MQ',
    '-MT',
    '-R',
    '-T',
    '-U',
    '-Xassembler',
    '-Xlinker',
    '-aux-info',
  ],
  ...[
    '-b',
    '-dumpbase',
    '-dumpbase-ext',
    '-dumpdir',
    '-e',
    '-h',
    '-install_name',
    '-l',
    '-o',
    '-u',
    '-x',
    '-z',
    '--param',
  ],
  ...['-arch', '-framework', '-mllvm', '-V'],
])

/**
 * Flags after which the compiler's directories, or how it uses them, are not what this reader works out: another system
 * root, target, C++ library or multilib, `-I-`, frameworks, modules, header maps, configuration files.
 */
const unknowable = new RegExp(
  `^(?:${[
    '-I-$|--sysroot|-isysroot|-target|--target|-m32$|-m16$|-mx32$|-mabi=|-stdlib|--stdlib|-B|--prefix|-F|-iframework',
    '-specs|--specs|--config|-gcc-toolchain|--gcc-|-resource-dir|-ivfsoverlay|-fmodule|-fimplicit-module|-fheader|-remap$',
    '-no-canonical-prefixes$|-imultilib|-imultiarch|-iwithsysroot|-cxx-isystem|-isystem-after|-stdlib\\+\\+|--include-',
    '-wrapper$|-Xclang$|-Xpreprocessor$|-Wp,-(?!M?M?D,)|-W?p,-[iI]',
  ].join('|')})`,
)

/** Flags that have no say in where headers are found: most of those that there are. */
const harmless = /^-(?:[DOULlgM]|c$|W(?!p,)|f(?!modul|implicit|header)|std=)/

const directoryOption = /^-(I|iquote|isystem|idirafter|iprefix|iwithprefixbefore|iwithprefix|include|imacros)(.*)$/s

/** Where a compiler with these arguments, started in `directory`, looks for headers; undefined when that is not known. */
export function headerSearchOf(args: readonly string[], directory: string): HeaderSearch | undefined {
  const quote: string[] = []
  const angled: string[] = []
  const system: string[] = []
  const after: string[] = []
  let hasStandard = true
  let prefix: string | undefined
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    if (arg.charCodeAt(0) !== MINUS) continue
    if (takesValue.has(arg)) {
      at += 1
      continue
    }
    if (harmless.test(arg)) continue
    if (unknowable.test(arg)) return undefined
    if (arg === '-nostdinc') hasStandard = false
    const option = directoryOption.exec(arg)
    if (option === null) {
      if (/^-i(?!plugindir)/.test(arg)) return undefined
      continue
    }
    const name = option[1]!
    const value = option[2] === '' ? args[++at] : option[2]
    if (value === undefined || value === '' || /^(?:=|\$SYSROOT)/.test(value)) return undefined
    const path = pathIn(directory, value)
    switch (name) {
      case 'I':
        angled.push(path)
        break
      case 'iquote':
        quote.push(path)
        break
      case 'isystem':
        system.push(path)
        break
      case 'idirafter':
        after.push(path)
        break
      case 'iprefix':
        prefix = value
        break
      case 'iwithprefix':
      case 'iwithprefixbefore':
        if (prefix === undefined) return undefined
        ;(name === 'iwithprefix' ? after : angled).push(pathIn(directory, prefix + value))
        break
      default:
        // A file named on the command line is looked for in the working directory first.
        if (!value.startsWith('/')) quote.unshift(directory)
    }
  }
  const systemOnes = new Set([...system, ...after])
  return interned({
    quote: unique(quote),
    angled: unique(angled).filter((path) => !systemOnes.has(path)),
    system: unique(system),
    hasStandard,
    after: unique(after),
  })
}

const MINUS = 45

const sources = /\.(?:c|cc|cp|cpp|cxx|c\+\+|C|CPP|m|mm|M|S|sx|h|hh|hpp|hxx|H|cu|ixx|cppm)$/
const compiles = /^(?:-[cSEM]|-MM|-x.*|-fsyntax-only)$/

/** Whether a driver with these arguments reads sources, and does not only link. */
export function isCompile(args: readonly string[]): boolean {
  return args.some(
    (arg, at) =>
      compiles.test(arg) || (sources.test(arg) && !arg.startsWith('-') && !takesValue.has(args[at - 1] ?? '')),
  )
}

const unique = (paths: readonly string[]) => [...new Set(paths)]

const known = new Map<string, HeaderSearch>()

function interned(search: HeaderSearch): HeaderSearch {
  const key = JSON.stringify(search)
  const equal = known.get(key)
  if (equal === undefined) known.set(key, search)
  return equal ?? search
}
