import { chmodSync, type Dirent, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import type { ContentDirectory } from './content-directory.ts'
import { statusOf } from './content-file.ts'
import { removeTree, removeUnnameable } from './remove-tree.ts'
import { isSameChild, type TreeChild, type TreeDirectory, type TreeFile } from './tree-directory.ts'

/** A file that is to be put in place; nothing is there, and its directory is. */
export interface WantedFile {
  /** Without the slash at its start. */
  readonly path: string
  readonly file: TreeFile
}

/** Makes a stage hold a tree, but for files that it does not hold yet: those are listed. */
export class StageArranger {
  readonly wanted: WantedFile[] = []
  readonly #stage: string
  readonly #contents: ContentDirectory
  readonly #dirty: ReadonlySet<string>
  /** Directories above dirty ones. */
  readonly #aboveDirty = new Set<string>()

  /** @param dirty directories of which nobody knows what is in them and below; '' is the whole stage */
  constructor(stage: string, contents: ContentDirectory, dirty: Iterable<string>) {
    this.#stage = stage
    this.#contents = contents
    this.#dirty = new Set(dirty)
    for (const path of this.#dirty)
      for (let above = path; above !== ''; ) {
        above = directoryOf(above)
        this.#aboveDirty.add(above)
      }
  }

  /** @param there what the stage holds, where it is not dirty */
  arrange(there: TreeDirectory, wanted: TreeDirectory): void {
    this.#directory('', there, wanted)
  }

  #directory(path: string, there: TreeDirectory, wanted: TreeDirectory): void {
    if (this.#dirty.has(path)) this.#dirtyDirectory(path, wanted)
    else if (this.#aboveDirty.has(path) || !isSameChild(there, wanted)) this.#knownDirectory(path, there, wanted)
  }

  #knownDirectory(path: string, there: TreeDirectory, wanted: TreeDirectory): void {
    for (const [name, child] of there.children) {
      const below = join(path, name)
      const other = wanted.children.get(name)
      if (child.kind === 'directory' && other?.kind === 'directory') {
        if (this.#dirty.has(below)) this.#seeToDirectory(below)
        this.#directory(below, child, other)
      } else if (!isSameChild(child, other)) removeTree(this.#absolute(below))
    }
    for (const [name, child] of wanted.children) {
      const before = there.children.get(name)
      const isArranged = child.kind === 'directory' ? before?.kind === 'directory' : isSameChild(before, child)
      if (!isArranged) this.#make(join(path, name), child)
    }
  }

  /** A command may have removed it, put something in its place, or closed it. */
  #seeToDirectory(path: string): void {
    const absolute = this.#absolute(path)
    const stats = statusOf(absolute)
    if (stats?.isDirectory()) {
      if ((stats.mode & 0o700) !== 0o700) chmodSync(absolute, 0o755)
      return
    }
    removeTree(absolute)
    mkdirSync(absolute, { recursive: true })
  }

  #dirtyDirectory(path: string, wanted: TreeDirectory): void {
    const inPlace = new Set<string>()
    for (const entry of readdirSync(this.#absolute(path), { withFileTypes: true })) {
      const child = wanted.children.get(entry.name)
      const below = join(path, entry.name)
      if (child !== undefined && this.#isInPlace(below, entry, child)) inPlace.add(entry.name)
      else removeTree(this.#absolute(below))
      if (entry.name.includes('\ufffd')) removeUnnameable(this.#absolute(path))
    }
    for (const [name, child] of wanted.children) {
      const below = join(path, name)
      if (!inPlace.has(name)) this.#make(below, child)
      else if (child.kind === 'directory') {
        this.#seeToDirectory(below)
        this.#dirtyDirectory(below, child)
      }
    }
  }

  /** Of a directory, only that it is one. */
  #isInPlace(path: string, entry: Dirent, child: TreeChild): boolean {
    switch (child.kind) {
      case 'directory':
        return entry.isDirectory()
      case 'symlink':
        return entry.isSymbolicLink() && readlinkSync(this.#absolute(path)) === child.target
      case 'file': {
        if (!entry.isFile()) return false
        const content = this.#contents.find(child.digest, child.isExecutable)
        return content !== undefined && statusOf(this.#absolute(path))?.ino === content.ino
      }
    }
  }

  #make(path: string, child: TreeChild): void {
    if (child.kind === 'file') this.wanted.push({ path, file: child })
    else if (child.kind === 'symlink') symlinkSync(child.target, this.#absolute(path))
    else {
      mkdirSync(this.#absolute(path))
      for (const [name, below] of child.children) this.#make(`${path}/${name}`, below)
    }
  }

  #absolute(path: string): string {
    return path === '' ? this.#stage : `${this.#stage}/${path}`
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
