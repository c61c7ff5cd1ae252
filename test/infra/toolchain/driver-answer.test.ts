import test from 'ava'
import fc from 'fast-check'
import { readDriverAnswer, readSearchDirectories } from '../../../infra/toolchain/driver-answer.ts'

const gcc = `Using built-in specs.
COLLECT_GCC=/usr/bin/g++
Target: x86_64-linux-gnu
gcc version 12.2.0 (Debian 12.2.0-14)
 /usr/lib/gcc/x86_64-linux-gnu/12/cc1plus -E -quiet -v -imultiarch x86_64-linux-gnu /dev/null -mtune=generic
ignoring duplicate directory "/usr/include/x86_64-linux-gnu/c++/12"
ignoring nonexistent directory "/usr/local/include/x86_64-linux-gnu"
ignoring nonexistent directory "/usr/lib/gcc/x86_64-linux-gnu/12/../../../../x86_64-linux-gnu/include"
#include "..." search starts here:
#include <...> search starts here:
 /usr/include/c++/12
 /usr/lib/gcc/x86_64-linux-gnu/12/../../../../include/my headers
 /usr/include
End of search list.
# 0 "/dev/null"
COMPILER_PATH=/usr/lib/gcc/x86_64-linux-gnu/12/:/usr/lib/gcc/x86_64-linux-gnu/12/:/usr/lib/gcc/x86_64-linux-gnu/
LIBRARY_PATH=/usr/lib/gcc/x86_64-linux-gnu/12/:/usr/lib/gcc/x86_64-linux-gnu/12/../../../x86_64-linux-gnu/:/lib/
`

test('an answer of GCC is read, with its paths normalized', (t) => {
  t.deepEqual(readDriverAnswer(gcc), {
    headerDirectories: ['/usr/include/c++/12', '/usr/include/my headers', '/usr/include'],
    absentDirectories: ['/usr/local/include/x86_64-linux-gnu', '/usr/x86_64-linux-gnu/include'],
    named: ['/usr/bin/g++', '/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus'],
    programDirectories: ['/usr/lib/gcc/x86_64-linux-gnu/12', '/usr/lib/gcc/x86_64-linux-gnu'],
    libraryDirectories: ['/usr/lib/gcc/x86_64-linux-gnu/12', '/usr/lib/x86_64-linux-gnu', '/lib'],
  })
})

const clang = `Debian clang version 14.0.6
Target: x86_64-pc-linux-gnu
Thread model: posix
InstalledDir: /usr/bin
Selected GCC installation: /usr/bin/../lib/gcc/x86_64-linux-gnu/12
 (in-process)
 "/usr/lib/llvm-14/bin/clang" -cc1 -triple x86_64-pc-linux-gnu -E -resource-dir /usr/lib/llvm-14/lib/clang/14.0.6
clang -cc1 version 14.0.6 based upon LLVM 14.0.6 default target x86_64-pc-linux-gnu
ignoring nonexistent directory "/include"
#include "..." search starts here:
#include <...> search starts here:
 /usr/bin/../lib/gcc/x86_64-linux-gnu/12/../../../../include/c++/12
 /usr/lib/llvm-14/lib/clang/14.0.6/include
End of search list.
`

test('an answer of Clang is read', (t) => {
  t.deepEqual(readDriverAnswer(clang), {
    headerDirectories: ['/usr/include/c++/12', '/usr/lib/llvm-14/lib/clang/14.0.6/include'],
    absentDirectories: ['/include'],
    named: ['/usr/lib/llvm-14/bin/clang'],
    programDirectories: [],
    libraryDirectories: [],
  })
})

test('the directories of -print-search-dirs are read', (t) => {
  const output =
    'programs: =/usr/bin:/usr/lib/llvm-14/bin\nlibraries: =/usr/lib/llvm-14/lib/clang/14.0.6:/lib/../lib64\n'
  t.deepEqual(readSearchDirectories(output), {
    programDirectories: ['/usr/bin', '/usr/lib/llvm-14/bin'],
    libraryDirectories: ['/usr/lib/llvm-14/lib/clang/14.0.6', '/lib64'],
  })
  t.deepEqual(readSearchDirectories('no such option'), { programDirectories: [], libraryDirectories: [] })
})

test('an answer that was cut off has no list, and a changed one only absolute paths', (t) => {
  const [start] = gcc.split('End of search list.')
  fc.assert(fc.property(fc.nat(start!.length), (length) => readDriverAnswer(gcc.slice(0, length)) === undefined))
  fc.assert(
    fc.property(fc.nat(gcc.length), fc.nat(40), fc.string(), (at, length, insert) => {
      const answer = readDriverAnswer(gcc.slice(0, at) + insert + gcc.slice(at + length))
      return Object.values(answer ?? {}).every((paths) => paths.every((path: string) => path.startsWith('/')))
    }),
  )
  t.pass()
})
