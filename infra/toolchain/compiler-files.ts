import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DriverAnswer } from './driver-answer.ts'

/** What a driver starts (GCC's manual, `-B`; GCC internals, Collect2, for the names of the linker). */
const programNames: readonly string[] = [
  ...['cc1', 'cc1plus', 'collect2', 'lto1', 'lto-wrapper', 'liblto_plugin.so', 'as'],
  ...['real-ld', 'collect-ld', 'ld', 'ld.bfd', 'ld.gold', 'ld.lld', 'ld.mold', 'lld', 'mold'],
]

/** What a driver links into a program by itself, with and without `-static`, `-shared`, `-pie`, `-pthread`. */
const libraryNames: readonly string[] = [
  ...['crt1.o', 'Scrt1.o', 'rcrt1.o', 'gcrt1.o', 'crti.o', 'crtn.o', 'crtbegin.o', 'crtbeginS.o', 'crtbeginT.o'],
  ...['crtend.o', 'crtendS.o', 'crtfastmath.o', 'specs', 'libgcc.a', 'libgcc_eh.a', 'libgcc_s.so', 'libgcc_s.so.1'],
  ...['libstdc++.so', 'libstdc++.a', 'libsupc++.a', 'libc++.so', 'libc++.a', 'libc++abi.so', 'libc++abi.a'],
  ...['libc.so', 'libc.so.6', 'libc.a', 'libc_nonshared.a', 'libm.so', 'libm.so.6', 'libm.a', 'libmvec.so.1'],
  ...['libpthread.so', 'libpthread.so.0', 'libpthread.a', 'libdl.so', 'libdl.so.2', 'libdl.a', 'librt.so', 'librt.a'],
  ...['ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1', 'libgomp.so', 'libgomp.spec', 'libatomic.so', 'libatomic.a'],
  ...['libasan.so', 'libtsan.so', 'libubsan.so', 'liblsan.so', 'libasan_preinit.o', 'libsanitizer.spec'],
]

/** The libraries that Clang itself is made of, where it is not one file. */
const compilerLibraries = /^lib(?:LLVM|clang-cpp)[\w.-]*\.so[\d.]*$/

/**
 * The files that belong to a driver: the programs it starts, found as it finds them (its own directories, then PATH), and
 * what it links by itself. Directories are resolved, names are not: a link that comes to point elsewhere shows.
 */
export function compilerFiles(program: string, answer: DriverAnswer, searchPath: string): string[] {
  const path = searchPath.split(':').filter((directory) => directory.startsWith('/'))
  const programs = programNames.map((name) => firstIn([...answer.programDirectories, ...path], name))
  const libraries = libraryNames.map((name) => firstIn(answer.libraryDirectories, name))
  const found = [...answer.named.map(resolved), ...programs, ...libraries, ...ownLibraries(program)]
  const files = new Set(found.filter((file) => file !== undefined))
  files.delete(program)
  return [...files]
}

function firstIn(directories: readonly string[], name: string): string | undefined {
  return directories
    .map((directory) => join(directory, name))
    .filter(isFile)
    .map(resolved)[0]
}

function ownLibraries(program: string): string[] {
  const directory = join(dirname(realpathSync(program)), '..', 'lib')
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).filter((name) => compilerLibraries.test(name))
  return names.sort().map((name) => join(realpathSync(directory), name))
}

function isFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The path with its directory's links resolved; undefined when nothing is there. */
function resolved(path: string): string | undefined {
  return isFile(path) ? join(realpathSync(dirname(path)), basename(path)) : undefined
}
