import { InputTreeError } from './input-tree-error.ts'
import { isSameChild, type TreeChild, TreeDirectory } from './tree-directory.ts'

interface Draft {
  readonly original: TreeDirectory | undefined
  readonly children: Map<string, TreeChild>
  /** Those of its directories that are being changed. */
  readonly drafts: Map<string, Draft>
  isChanged: boolean
}

/** Changes to a tree that become a new one; copies only the directories on the way to what changes. */
export class TreeDraft {
  readonly #root: Draft
  /** The directory of the last path: paths often come directory by directory. */
  #last: { readonly directory: string; readonly draft: Draft } | undefined

  constructor(root: TreeDirectory) {
    this.#root = draftOf(root)
  }

  /** Puts something in place of what is there. Makes the directories above it; throws where one of them is no directory. */
  put(path: string, child: TreeChild): void {
    const { directory, name } = split(path)
    const draft = this.#directoryAt(directory)
    if (!draft.drafts.has(name) && isSameChild(draft.children.get(name), child)) return
    this.#cut(draft, name)
    draft.children.set(name, child)
  }

  /** Removes what is there, if anything is. */
  remove(path: string): void {
    const { directory, name } = split(path)
    const draft = this.#directoryAt(directory, true)
    if (draft === undefined || !(draft.drafts.has(name) || draft.children.has(name))) return
    this.#cut(draft, name)
  }

  /** Makes a directory where there is none. */
  makeDirectory(path: string): void {
    if (path !== '') this.#directoryAt(path)
  }

  finish(): TreeDirectory {
    return finish(this.#root)
  }

  #cut(draft: Draft, name: string): void {
    draft.drafts.delete(name)
    draft.children.delete(name)
    draft.isChanged = true
    this.#last = undefined
  }

  #directoryAt(path: string): Draft
  #directoryAt(path: string, isOptional: true): Draft | undefined
  #directoryAt(path: string, isOptional = false): Draft | undefined {
    if (this.#last?.directory === path) return this.#last.draft
    let draft = this.#root
    for (const name of path === '' ? [] : path.split('/')) {
      const below = draft.drafts.get(name) ?? openDirectory(draft, name, isOptional, path)
      if (below === undefined) return undefined
      draft = below
    }
    this.#last = { directory: path, draft }
    return draft
  }
}

function split(path: string): { readonly directory: string; readonly name: string } {
  const end = path.lastIndexOf('/')
  return { directory: path.slice(0, Math.max(end, 0)), name: path.slice(end + 1) }
}

function draftOf(original: TreeDirectory | undefined): Draft {
  return { original, children: new Map(original?.children), drafts: new Map(), isChanged: original === undefined }
}

function openDirectory(above: Draft, name: string, isOptional: boolean, path: string): Draft | undefined {
  const child = above.children.get(name)
  if (child === undefined && isOptional) return undefined
  if (child !== undefined && child.kind !== 'directory') {
    if (isOptional) return undefined
    throw new InputTreeError(
      `input tree: nothing can be in /${path}, as "${name}" is a ${child.kind}; name the files by their real paths`,
    )
  }
  const draft = draftOf(child)
  above.drafts.set(name, draft)
  return draft
}

function finish(draft: Draft): TreeDirectory {
  for (const [name, below] of draft.drafts) {
    const finished = finish(below)
    if (finished === below.original) continue
    draft.children.set(name, finished)
    draft.isChanged = true
  }
  return draft.isChanged || draft.original === undefined ? new TreeDirectory(draft.children) : draft.original
}
