import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, posix } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { MemorySnapshotStore } from '../../../infra/snapshot-store/memory-snapshot-store.ts'
import { openCompilerToolchain } from '../../../infra/toolchain/compiler-toolchain.ts'
import type { Toolchain } from '../../../infra/toolchain/toolchain.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { until } from '../../rig/until.ts'
import { temporaryDirectory } from '../event-log/temporary-directory.ts'

const none = { files: [], headerDirectories: [] }

function open(snapshots = new MemorySnapshotStore(), timeoutMs = 60_000): Toolchain {
  return openCompilerToolchain({ snapshots, timeoutMs })
}

const which = (name: string) => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()

test('g++ is made of the files that it names itself, and all of them are there', async (t) => {
  requireTool('c++', 'cc')
  for (const program of [which('g++'), which('c++'), which('gcc')]) {
    const { files } = await open().parts(program)
    t.true(files.length > 20)
    for (const file of files) t.true(statSync(file).isFile(), file)
    t.is(new Set(files).size, files.length)
    t.false(files.includes(program))
    const real = new Set(files.map((file) => realpathSync(file)))
    for (const name of ['cc1plus', 'collect2', 'as', 'ld']) {
      const path = execFileSync(program, [`-print-prog-name=${name}`], { encoding: 'utf8' }).trim()
      t.true(real.has(realpathSync(path.includes('/') ? path : which(path))), name)
    }
    for (const name of [
      'libstdc++.so',
      'libgcc.a',
      'libc.so',
      'libc.so.6',
      'libm.so.6',
      'crt1.o',
      'crti.o',
      'crtbegin.o',
    ]) {
      const path = execFileSync(program, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim()
      t.true(real.has(realpathSync(path)), name)
    }
  }
})

test('the header directories are those that g++ -v prints', async (t) => {
  requireTool('c++')
  const { headerDirectories } = await open().parts(which('g++'))
  const { stderr } = spawnSync('g++', ['-E', '-v', '-x', 'c++', '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  const printed = stderr.split('search starts here:\n').at(-1)!.split('\nEnd of search list')[0]!.split('\n')
  t.deepEqual(
    headerDirectories,
    printed.map((line) => posix.normalize(line.trim())),
  )
  t.true(headerDirectories.some((directory) => existsSync(join(directory, 'vector'))))
})

/** A program that notes each start and then runs `script`. */
class FakeProgram {
  readonly path: string
  readonly #starts: string

  constructor(t: ExecutionContext, script: string, name = 'g++') {
    const directory = temporaryDirectory(t)
    this.path = join(directory, name)
    this.#starts = join(directory, 'starts')
    this.write(script)
  }

  write(script: string): void {
    writeFileSync(this.path, `#!/bin/sh\necho start >> ${this.#starts}\n${script}\n`, { mode: 0o755 })
  }

  get starts(): number {
    return existsSync(this.#starts) ? readFileSync(this.#starts, 'utf8').split('\n').length - 1 : 0
  }
}

const answer = (headers: string, rest = '') => `cat >&2 <<END
#include <...> search starts here:
 ${headers}
End of search list.
COMPILER_PATH=/usr/lib/
${rest}
END`

test('a compiler that answers is asked once, by one start, and gives the same object from then on', async (t) => {
  const driver = new FakeProgram(t, answer('/headers'))
  const toolchain = open()
  const [first, second] = await Promise.all([toolchain.parts(driver.path), toolchain.parts(driver.path)])
  t.deepEqual(first!.headerDirectories, ['/headers'])
  t.is(second, first)
  t.is(toolchain.parts(driver.path), first)
  t.is(driver.starts, 1)
})

test('the answer is remembered for later processes, until the compiler changes', async (t) => {
  const driver = new FakeProgram(t, answer('/headers'))
  const snapshots = new MemorySnapshotStore()
  const first = await open(snapshots).parts(driver.path)
  t.deepEqual(await open(snapshots).parts(driver.path), first)
  t.is(driver.starts, 1)
  driver.write(answer('/other-headers'))
  const toolchain = open(snapshots)
  t.deepEqual((await toolchain.parts(driver.path)).headerDirectories, ['/other-headers'])
  t.is(driver.starts, 2)
  driver.write(answer('/third-headers'))
  t.deepEqual((await toolchain.parts(driver.path)).headerDirectories, ['/third-headers'])
})

test('a header directory that the compiler missed makes it be asked again when it comes', async (t) => {
  const directory = join(temporaryDirectory(t), 'include')
  const script = `[ -d ${directory} ] && here=${directory} || here=/headers
cat >&2 <<END
ignoring nonexistent directory "${directory}"
#include <...> search starts here:
 $here
End of search list.
COMPILER_PATH=/usr/lib/
END`
  const driver = new FakeProgram(t, script)
  const snapshots = new MemorySnapshotStore()
  t.deepEqual((await open(snapshots).parts(driver.path)).headerDirectories, ['/headers'])
  mkdirSync(directory)
  t.deepEqual((await open(snapshots).parts(driver.path)).headerDirectories, [directory])
})

test('another PATH, by which other programs may be found, makes it be asked again', async (t) => {
  const tools = temporaryDirectory(t)
  writeFileSync(join(tools, 'as'), '')
  const driver = new FakeProgram(t, answer('/headers'))
  const snapshots = new MemorySnapshotStore()
  const withPath = (PATH: string) => openCompilerToolchain({ snapshots, environment: { PATH } }).parts(driver.path)
  const before = await withPath('/usr/bin:/bin')
  t.true((await withPath(`${tools}:/usr/bin:/bin`)).files.includes(join(realpathSync(tools), 'as')))
  t.false(before.files.includes(join(realpathSync(tools), 'as')))
})

test('damaged memory is ignored', async (t) => {
  const driver = new FakeProgram(t, answer('/headers'))
  const snapshots = new MemorySnapshotStore()
  await open(snapshots).parts(driver.path)
  const good = Buffer.from((await snapshots.load('toolchain'))!).toString()
  const damaged = ['', 'x', 'null', '[]', '{}', '{"format":1,"answers":[1,null,["a"],["a",{}]]}', good.slice(0, -5)]
  for (const content of [...damaged, good.replace('"/headers"', '"relative"'), good.replace('"files"', '"filse"')]) {
    await snapshots.save('toolchain', Buffer.from(content))
    t.deepEqual((await open(snapshots).parts(driver.path)).headerDirectories, ['/headers'], content)
  }
})

test('a compiler that can not read C++ is asked for C', async (t) => {
  const driver = new FakeProgram(t, `[ "$4" = c ] || exit 1\n${answer('/headers')}`, 'gcc')
  t.deepEqual((await open().parts(driver.path)).headerDirectories, ['/headers'])
  t.is(driver.starts, 2)
})

test('Clang is asked for its directories, and the libraries that it is made of belong to it', async (t) => {
  const top = realpathSync(temporaryDirectory(t))
  for (const path of ['bin', 'lib', 'gcc']) mkdirSync(join(top, path))
  for (const path of ['lib/libLLVM-14.so.1', 'lib/libclang-cpp.so.14', 'lib/libother.so', 'bin/ld', 'gcc/crti.o'])
    writeFileSync(join(top, path), '')
  const list = answer('/headers').replace('COMPILER_PATH=/usr/lib/\n', '')
  const script = `#!/bin/sh
[ "$1" = -print-search-dirs ] && echo "programs: =${top}/bin" && echo "libraries: =${top}/gcc" && exit
${list}\n`
  writeFileSync(join(top, 'bin', 'clang-14'), script, { mode: 0o755 })
  const link = join(temporaryDirectory(t), 'clang++')
  symlinkSync(join(top, 'bin', 'clang-14'), link)
  const { files } = await open().parts(link)
  for (const path of ['lib/libLLVM-14.so.1', 'lib/libclang-cpp.so.14', 'bin/ld', 'gcc/crti.o'])
    t.true(files.includes(join(top, path)), path)
  t.false(files.includes(join(top, 'lib/libother.so')))
})

const failing: readonly (readonly [what: string, script: string])[] = [
  ['fails', `${answer('/headers')}\nexit 1`],
  ['prints nothing', ''],
  ['prints garbage', 'head -c 100000 /dev/urandom >&2'],
  ['prints without an end', 'yes search starts here: >&2'],
  ['is killed', 'kill -9 $$'],
]

for (const [what, script] of failing) {
  test(`a compiler that ${what} has no parts`, async (t) => {
    t.deepEqual(await open().parts(new FakeProgram(t, script).path), none)
  })
}

test('a compiler that can not be started has no parts', async (t) => {
  const path = join(temporaryDirectory(t), 'gcc')
  writeFileSync(path, 'no program', { mode: 0o644 })
  t.deepEqual(await open().parts(path), none)
  rmSync(path)
  t.deepEqual(await open().parts(path), none)
  t.deepEqual(await open().parts('/dir\0/gcc'), none)
})

test('a compiler that hangs is killed with what it has started, and has no parts', async (t) => {
  const pids = join(temporaryDirectory(t), 'pids')
  const driver = new FakeProgram(t, `sleep 1000 & echo $! >> ${pids}; echo $$ >> ${pids}; wait`)
  t.deepEqual(await open(undefined, 300).parts(driver.path), none)
  const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number)
  t.true(started.length >= 2)
  for (const pid of started) await until(`process ${pid} to be gone`, () => !isRunning(pid))
})

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('programs of other names are not started, links to compilers are', async (t) => {
  const script = new FakeProgram(t, answer('/headers'), 'my-wrapper')
  t.is(open().parts(script.path), open().parts('/bin/ls'))
  t.deepEqual(open().parts(script.path), none)
  t.is(script.starts, 0)
  const driver = new FakeProgram(t, answer('/headers'), 'x86_64-linux-gnu-g++-12')
  const link = join(temporaryDirectory(t), 'compiler')
  symlinkSync(driver.path, link)
  t.deepEqual((await open().parts(link)).headerDirectories, ['/headers'])
  t.is(basename(driver.path), 'x86_64-linux-gnu-g++-12')
})

test('variables that change the header search are kept from the compiler', async (t) => {
  const driver = new FakeProgram(t, answer(`\${CPATH:-/headers}`))
  const environment = { PATH: process.env.PATH, CPATH: '/cpath' }
  const toolchain = openCompilerToolchain({ snapshots: new MemorySnapshotStore(), environment })
  t.deepEqual((await toolchain.parts(driver.path)).headerDirectories, ['/headers'])
})
