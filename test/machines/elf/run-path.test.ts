import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { loadNamesOf, runPathsOf, withRunPaths } from '../../../machines/elf/run-path.ts'
import { temporaryDirectory } from '../../infra/event-log/temporary-directory.ts'

/** A program that the machine's own compiler linked with these flags. */
function linked(
  t: ExecutionContext,
  ...flags: readonly string[]
): { readonly content: Uint8Array; readonly file: string } {
  const directory = temporaryDirectory(t)
  const [source, file] = [join(directory, 'a.cc'), join(directory, 'a')]
  writeFileSync(source, 'int main() { return 0; }\n')
  execFileSync('g++', [source, '-o', file, ...flags])
  return { content: readFileSync(file), file }
}

test('run-time search paths are those that readelf tells', (t) => {
  const { content, file } = linked(t, '-Wl,-rpath,/home/u/one/lib:/opt/lib')
  t.deepEqual(runPathsOf(content), ['/home/u/one/lib:/opt/lib'])
  t.regex(execFileSync('readelf', ['-d', file], { encoding: 'utf8' }), /\[\/home\/u\/one\/lib:\/opt\/lib\]/)
  t.deepEqual(runPathsOf(linked(t, '-Wl,-rpath,/x,--disable-new-dtags').content), ['/x'])
  t.deepEqual(runPathsOf(linked(t).content), [])
  t.true(loadNamesOf(content)!.includes('libc.so.6'))
  t.is(loadNamesOf(Buffer.from('text')), undefined)
})

test('other directories that are no longer take their place, and the program is as if it had been linked with them', (t) => {
  const { content } = linked(t, '-Wl,-rpath,/home/u/one/lib', '-Wl,--build-id=none')
  const other = linked(t, '-Wl,-rpath,/home/u/two/lib', '-Wl,--build-id=none')
  const moved = withRunPaths(content, (list) => list.replace('one', 'two'))!
  t.deepEqual(Buffer.from(moved), other.content)
  const shorter = withRunPaths(content, (list) => list.replace('/home/u/one', '/w'))!
  t.deepEqual(runPathsOf(shorter), ['/w/lib'])
  writeFileSync(other.file, shorter)
  execFileSync(other.file)
  t.is(
    withRunPaths(content, (list) => list.replace('one', 'three')),
    undefined,
  )
})

test('what is no such file has no search paths, and damaged files are not misread', (t) => {
  t.is(runPathsOf(Buffer.from('#!/bin/sh\n')), undefined)
  t.is(runPathsOf(new Uint8Array()), undefined)
  const { content } = linked(t, '-Wl,-rpath,/home/u/one/lib')
  fc.assert(
    fc.property(fc.nat({ max: 4096 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Uint8Array.from(content)
      damaged[at]! ^= flip
      t.notThrows(() => withRunPaths(damaged, (list) => list))
    }),
    { numRuns: 300 },
  )
})
