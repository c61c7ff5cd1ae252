import type { Digest } from '../../events/digest.ts'
import { DirectorySchema } from './directory.pb.ts'
import { compareNames, faultOfName } from './file-name.ts'
import { decodeMessage, digestFrom, digestMessage, encodeMessage } from './message-codec.ts'
import { ReapiError } from './reapi-error.ts'

/** What a Directory message says; each list in the order of {@link compareNames}. Node properties are not kept. */
export interface DirectoryContent {
  readonly files: readonly { readonly name: string; readonly digest: Digest; readonly isExecutable: boolean }[]
  readonly directories: readonly { readonly name: string; readonly digest: Digest }[]
  readonly symlinks: readonly { readonly name: string; readonly target: string }[]
}

/** Entries of one directory beyond which it is refused. */
const entriesMax = 200_000

/** Longest target of a link. Source: limits.h, PATH_MAX less the NUL. */
const targetBytesMax = 4095

/** The canonical bytes. Lists may come in any order. Throws {@link ReapiError} for names that can't stand in a directory. */
export function encodeDirectory(content: DirectoryContent): Uint8Array {
  const sorted = {
    files: content.files.toSorted(byName),
    directories: content.directories.toSorted(byName),
    symlinks: content.symlinks.toSorted(byName),
  }
  check(sorted)
  return encodeMessage(DirectorySchema, {
    files: sorted.files.map(({ name, digest, isExecutable }) => ({
      name,
      digest: digestMessage(digest),
      isExecutable,
    })),
    directories: sorted.directories.map(({ name, digest }) => ({ name, digest: digestMessage(digest) })),
    symlinks: sorted.symlinks.map(({ name, target }) => ({ name, target })),
  })
}

/** Throws {@link ReapiError} for bytes that are no Directory message, or not a canonical one. */
export function decodeDirectory(bytes: Uint8Array): DirectoryContent {
  const message = decodeMessage(DirectorySchema, bytes)
  const content = {
    files: message.files.map(({ name, digest, isExecutable }) => ({
      name,
      digest: digestFrom(digest, `Directory message, file ${shown(name)}`),
      isExecutable,
    })),
    directories: message.directories.map(({ name, digest }) => ({
      name,
      digest: digestFrom(digest, `Directory message, directory ${shown(name)}`),
    })),
    symlinks: message.symlinks.map(({ name, target }) => ({ name, target })),
  }
  check(content)
  return content
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareNames(a.name, b.name)
}

function check(content: DirectoryContent): void {
  const lists = [content.files, content.directories, content.symlinks]
  const count = lists.reduce((sum, list) => sum + list.length, 0)
  if (count > entriesMax) refuse(`it has ${count} entries, at most ${entriesMax} are read`)
  const names = new Set<string>()
  for (const list of lists) {
    let before: string | undefined
    for (const { name } of list) {
      const fault = faultOfName(name)
      if (fault !== null) refuse(`${shown(name)} ${fault}`)
      if (names.has(name)) refuse(`${shown(name)} occurs twice`)
      if (before !== undefined && compareNames(before, name) > 0) refuse(`${shown(name)} comes after ${shown(before)}`)
      names.add(name)
      before = name
    }
  }
  for (const { name, target } of content.symlinks)
    if (target === '' || target.includes('\0') || Buffer.byteLength(target) > targetBytesMax)
      refuse(`the target of the link ${shown(name)} is none that a link can have`)
}

function refuse(fault: string): never {
  throw new ReapiError(`Directory message: ${fault}; have its sender make the directory anew`)
}

/** A name in an error: in quotes, on one line, not too long. */
function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name)
}
