import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Small C++ files that include a few of the headers that they share, and through one of them the standard library's.

const headersCount = 50
const filesPerArchive = 100

/** Headers of its own that each file includes, beside the one that includes `<vector>`. */
const headersPerFile = 4

export const archivesCount = (filesCount: number) => Math.ceil(filesCount / filesPerArchive)

const nameOf = (file: number) => String(file).padStart(5, '0')

/** @param compiler the command that compiles: `g++`, or what wraps it */
export function writeCppTree(tree: string, filesCount: number, compiler: string): void {
  for (const folder of ['include', 'src']) mkdirSync(join(tree, folder), { recursive: true })
  writeFileSync(join(tree, 'include/values.hpp'), valuesHeader)
  for (let header = 0; header < headersCount; header += 1)
    writeFileSync(join(tree, 'include', `h${header}.hpp`), headerText(header))
  for (let file = 0; file < filesCount; file += 1)
    writeFileSync(join(tree, 'src', `${nameOf(file)}.cpp`), fileText(file))
  writeFileSync(join(tree, 'build.ninja'), manifest(filesCount, compiler))
}

/** Throws unless all objects and archives are there. */
export function checkCppTree(tree: string, filesCount: number): void {
  for (const output of outputs(filesCount))
    if (statSync(join(tree, output)).size === 0) throw new Error(`${join(tree, output)} is empty`)
}

function outputs(filesCount: number): string[] {
  const objects = Array.from({ length: filesCount }, (_, file) => `out/${nameOf(file)}.o`)
  return [...objects, ...Array.from({ length: archivesCount(filesCount) }, (_, archive) => `out/lib${archive}.a`)]
}

const valuesHeader = `#pragma once
#include <vector>

using values = std::vector<int>;
`

const headerText = (header: number) => `#pragma once
#include "values.hpp"

inline int h${header}(const values &from) { return from.empty() ? ${header} : from.front() + ${header}; }
`

function fileText(file: number): string {
  const headers = Array.from({ length: headersPerFile }, (_, index) => (file * 7 + index * 11) % headersCount)
  const calls = headers.map((header) => `h${header}(from)`)
  return `${headers.map((header) => `#include "h${header}.hpp"\n`).join('')}
int f${file}(const values &from) { return ${calls.join(' + ')} + ${file}; }
`
}

function manifest(filesCount: number, compiler: string): string {
  const lines = [
    'rule compile',
    `  command = ${compiler} -Iinclude -MD -MF $out.d -c $in -o $out`,
    '  depfile = $out.d',
    '  deps = gcc',
    'rule archive',
    '  command = rm -f $out && ar rcs $out $in',
  ]
  const archives: string[][] = []
  for (let file = 0; file < filesCount; file += 1) {
    const object = `out/${nameOf(file)}.o`
    lines.push(`build ${object}: compile src/${nameOf(file)}.cpp`)
    const archive = Math.floor(file / filesPerArchive)
    archives[archive] = [...(archives[archive] ?? []), object]
  }
  archives.forEach((objects, archive) => {
    lines.push(`build out/lib${archive}.a: archive ${objects.join(' ')}`)
  })
  return `${lines.join('\n')}\n`
}
