import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ExecutionContext } from 'ava'
import type { MillraceRig } from '../../rig/millrace.ts'

/** A program that greets, with a header that a task makes. */
export const greeting = {
  'build.ninja': `rule generate
  command = sh make-header.sh $in $out
rule compile
  command = g++ -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = g++ $in -o $out
build word.h: generate word.txt | make-header.sh
build main.o: compile main.cpp || word.h
build app: link main.o
default app
`,
  'make-header.sh': 'echo "#define WORD \\"$(cat $1)\\"" > $2\n',
  'word.txt': 'hello\n',
  'main.cpp': '#include "word.h"\n#include <cstdio>\nint main() { std::puts(WORD); }\n',
}

/** Four tasks that make 40,000 bytes each, which compress well. */
export const fourFiles = {
  'build.ninja': `rule fill
  command = yes "$$(cat $in)" | head -c 40000 > $out
build a: fill seed-a
build b: fill seed-b
build c: fill seed-c
build d: fill seed-d
`,
  'seed-a': 'first\n',
  'seed-b': 'second\n',
  'seed-c': 'third\n',
  'seed-d': 'fourth\n',
}

/** Runs `millrace cache <args>`, which has to go well, and returns what it printed. */
export function cache(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): string {
  const { code, stdout, stderr } = rig.millrace(['cache', ...args])
  t.is(code, 0, stdout + stderr)
  return stdout
}

/** Runs `millrace cache warm`, which has to go well, and returns what it printed below the build's name and directory. */
export function warm(t: ExecutionContext, rig: MillraceRig): string {
  const [, directory, text] = /^build [0-9a-z]{26} in ([^\n]*)\n(.*)$/s.exec(cache(t, rig, 'warm')) ?? []
  t.is(directory, rig.directory)
  return text!
}

export interface Stats {
  readonly hits: number
  readonly misses: Readonly<Record<string, number>>
  readonly results: number
  readonly blobs: number
  readonly stored_bytes: number
}

export function stats(t: ExecutionContext, rig: MillraceRig): Stats {
  return JSON.parse(cache(t, rig, '--json')) as Stats
}

/** How many tasks of a build were taken from the cache. */
export function takenBy(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): readonly string[] {
  const { code, events, stdout, stderr } = rig.build(...args)
  t.is(code, 0, stdout + stderr)
  return events.filter(({ type }) => type === 'task-cached').map(({ id }) => id!)
}

/** Changes a database of the cache. */
export function inDatabase(rig: MillraceRig, name: 'actions' | 'blobs', sql: string): void {
  const db = new DatabaseSync(join(rig.cacheDirectory, 'millrace', `${name}.sqlite`))
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
}

/** Moves all uses into the past, by as many days. */
export function age(rig: MillraceRig, days: number): void {
  const ms = days * 24 * 60 * 60 * 1000
  inDatabase(rig, 'blobs', `UPDATE blobs SET used_at = used_at - ${ms}`)
  inDatabase(rig, 'actions', `UPDATE results SET used_at = used_at - ${ms * 1000}`)
}

/** Paths of the contents that are files. */
export function blobFiles(rig: MillraceRig): readonly string[] {
  const directory = join(rig.cacheDirectory, 'millrace', 'blobs')
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
