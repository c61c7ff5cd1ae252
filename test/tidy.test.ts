import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Import, importsOf, roomFiles, rooms, type SourceFile, sourceFiles, top } from './rig/source-files.ts'

// The rules of the house that no linter knows; what Biome can check (default exports, barrels, `any`) is in biome.json.

const linesMax = 400

const sources = sourceFiles()
const imports = sources.flatMap(importsOf)

/** Fails with one line for each place that breaks the rule, and what mends it. */
function noneOf(t: ExecutionContext, places: readonly string[], mend: string): void {
  if (places.length === 0) t.pass()
  else t.fail(`${mend}:\n${places.join('\n')}`)
}

const roomOf = (path: string) => path.slice(0, path.indexOf('/'))
const isWithin = (path: string, folder: string) => path.startsWith(`${folder}/`)
const at = ({ file, line, target }: Import) => `${file}:${line} imports ${target}`

/** Lines of the given files that match, as `file:line: text`. */
function linesWith(pattern: RegExp, files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((text, index) => (pattern.test(text) ? [`${path}:${index + 1}: ${text.trim()}`] : [])),
  )
}

/** Which rooms' files, and which built-in modules, each of the rooms may import; the others import what they like. */
const mayImport: Readonly<Record<string, { readonly rooms: readonly string[]; readonly builtIns: RegExp }>> = {
  events: { rooms: ['events'], builtIns: /^node:crypto$/ },
  machines: { rooms: ['events', 'machines'], builtIns: /^node:path$/ },
  infra: { rooms: ['events', 'infra'], builtIns: /^node:/ },
  services: { rooms: ['events', 'machines', 'infra', 'services'], builtIns: /^node:/ },
}

test('imports go from services to machines and infra, and from those to events', (t) => {
  const astray = imports.filter(({ file, target, isFile }) => {
    const rule = mayImport[roomOf(file)]
    return rule !== undefined && isFile && !rule.rooms.includes(roomOf(target))
  })
  noneOf(t, astray.map(at), 'Move what both need to events/, or hand it in from services/')
})

test('events and machines are pure: no clock, disk, network or process', (t) => {
  const astray = imports.filter(({ file, target }) => {
    const rule = mayImport[roomOf(file)]
    return rule !== undefined && target.startsWith('node:') && !rule.builtIns.test(target)
  })
  noneOf(t, astray.map(at), 'Let a service do it and hand the result in')
  const pure = sources.filter(({ path }) => /^(events|machines)\//.test(path))
  const impure = linesWith(/\b(?:Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\.|console\.)/, pure)
  noneOf(t, impure, 'Take the time, the random number or the setting as an argument')
})

/** What is beside an interface and no adapter: errors, formats, and pure functions over the interface. */
const besideInterfaces = [
  'infra/event-log/commit-chain.ts',
  'infra/input-tree/input-tree-error.ts',
  'infra/input-tree/stage.ts',
  'infra/input-tree/tree-directory.ts',
  'infra/lease/lease-store-error.ts',
  'infra/snapshot-store/snapshot-format.ts',
]

/** `infra/lease/lease-store.ts`: the interface has the folder's name, or its name with what it stores things in. */
function isInterface(path: string): boolean {
  const folder = basename(dirname(path))
  return [`${folder}.ts`, `${folder}-store.ts`].includes(basename(path)) || besideInterfaces.includes(path)
}

test('only a main.ts names a concrete adapter', (t) => {
  const astray = imports.filter(
    ({ file, target }) =>
      isWithin(file, 'services') && basename(file) !== 'main.ts' && isWithin(target, 'infra') && !isInterface(target),
  )
  noneOf(t, astray.map(at), 'Import the interface beside it, and let main.ts hand the adapter in')
})

/** `services/worker/worker.ts` to `worker`; a file of no service: undefined. */
const serviceOf = (path: string) => /^services\/([^/]+)\//.exec(path)?.[1]

/** Who may hold other services inside it: the embedded engine a coordinator and a worker, the command line that engine. */
const hosts = ['cli', 'embedded']

test('only the command line and the embedded engine hold other services inside them', (t) => {
  const astray = imports.filter(({ file, target }) => {
    const [from, to] = [serviceOf(file), serviceOf(target)]
    return from !== undefined && to !== undefined && from !== to && (!hosts.includes(from) || to === 'cli')
  })
  noneOf(t, astray.map(at), 'Move what both need out of the service, into a room or to services/ itself')
})

interface PackageJson {
  readonly dependencies: object
  readonly devDependencies: object
}

/** The README's table of dependencies: package to the folders that own it. */
function owners(): Map<string, string[]> {
  const [, section = ''] = readFileSync(join(top, 'README.md'), 'utf8').split('\n## Dependencies\n')
  const rows = section.replace(/\n## .*/s, '').matchAll(/^\| `([^`]+)` *\|[^|]*\| ([^|]*)\|$/gm)
  return new Map([...rows].map(([, name, folders]) => [name!, folders!.match(/(?<=`)[\w/-]+(?=`)/g) ?? []]))
}

test('each package is imported only in the folders that own it', (t) => {
  const owned = owners()
  const manifest = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as PackageJson
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
  t.deepEqual([...owned.keys()].sort(), declared.sort(), "README.md's table and package.json differ")
  const astray = imports.filter(({ file, target, isFile }) => {
    if (isFile || target.startsWith('node:') || !(roomOf(file) in mayImport)) return false
    return !owned.get(target)?.some((folder) => isWithin(file, folder))
  })
  noneOf(t, astray.map(at), "Call what the owning folder exports (README.md's table of dependencies)")
})

test(`no source file is longer than ${linesMax} lines`, (t) => {
  const long = sources.filter(({ lines }) => lines.length > linesMax + 1)
  noneOf(
    t,
    long.map(({ path, lines }) => `${path}: ${lines.length - 1} lines`),
    'Split by responsibility',
  )
})

test('file names are in kebab case and say what is inside', (t) => {
  const names = roomFiles().filter(
    (path) => !isWithin(path, 'services/demo/program') && !isWithin(path, 'test/histories'),
  )
  const odd = names.filter(
    (path) => !/^(README\.md|Dockerfile|[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+)$/.test(basename(path)),
  )
  noneOf(t, odd, 'Name it in kebab case after its one main export')
  const vague = names.filter((path) => /^(utils?|helpers?|common|misc|types|index)\./.test(basename(path)))
  noneOf(t, vague, 'Name it after what it holds')
})

test('no test is skipped, singled out or left for later', (t) => {
  const tests = sources.filter(({ path }) => isWithin(path, 'test'))
  const found = linesWith(/\btest(?:\.serial)?\.(?:skip|only|tod[o]|failing)\b/, tests)
  noneOf(t, found, 'Mend it or remove it')
})

test('no test sleeps', (t) => {
  const tests = sources.filter(({ path }) => isWithin(path, 'test') && path !== 'test/rig/until.ts')
  const found = linesWith(/\bsetTimeout\(|\btimers\/promises\b/, tests)
  noneOf(t, found, 'Wait for what has to happen, with test/rig/until.ts')
})

test('nothing is left unfinished in the sources', (t) => {
  const found = linesWith(/\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b|\bnot (?:yet )?implemente[d]\b/, sources)
  noneOf(t, found, 'Do it, or take it out')
})

test('every room has a README', (t) => {
  const without = rooms.filter((room) => !existsSync(join(top, room, 'README.md')))
  noneOf(t, without, 'Say what the room is for, what it may import, what it guarantees, and what was decided')
})

test('the top level holds the rooms and the tools’ files only', (t) => {
  const named = ['LICENSE', 'README.md', 'CHANGELOG.md', 'ava.config.js', 'biome.json', 'docker-compose.yml']
  const known = new Set<string>([...rooms, ...named, 'package.json', 'package-lock.json', 'node_modules', 'dist'])
  const isKnown = (name: string) =>
    known.has(name) || /^\.|^tsconfig[a-z.]*\.json$|\.(?:tgz|log|cpuprofile)$/.test(name)
  noneOf(
    t,
    readdirSync(top).filter((name) => !isKnown(name)),
    'Move it into the room that it belongs to',
  )
})

test('the lock file names no registry', (t) => {
  const lines = readFileSync(join(top, 'package-lock.json'), 'utf8').split('\n')
  const found = linesWith(/"resolved"/, [{ path: 'package-lock.json', lines }])
  noneOf(t, found, 'Keep omit-lockfile-registry-resolved in .npmrc, remove the lock file and run npm install')
})
