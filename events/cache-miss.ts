/** Why a task that had to be made was not taken from the cache. */
export type CacheMiss =
  /** The build used no cache, or the cache could not be read. */
  | { readonly kind: 'cache-off' }
  /** Results of such tasks are never kept. */
  | { readonly kind: 'uncacheable'; readonly because: Uncacheable }
  /** No result of this command with these inputs and surroundings is kept. `key`: the task key (64 hex digits). */
  | { readonly kind: 'unknown-task'; readonly key: string }
  /** Such results are kept, but all of them read other contents of what it reads beyond its inputs. */
  | { readonly kind: 'unknown-files'; readonly key: string }
  /** The result is kept, but some of its blobs are gone or damaged. */
  | { readonly kind: 'lost-blobs'; readonly key: string }
  /** The result is kept, but it names the place where it was made, and can't be moved to this one. */
  | { readonly kind: 'unmovable'; readonly key: string }

export type Uncacheable =
  /** It works on the user's own terminal. */
  | 'console'
  /** It writes the build graph. */
  | 'generator'
  /** The build graph says so. */
  | 'declared'
  /** It is to run in every build. */
  | 'always'
  /** There is nothing to keep. */
  | 'no-outputs'
  /** Its command writes files that the build graph does not tell of (coverage notes, split debug information). */
  | 'undeclared-outputs'
  /** Its command reads files that neither the build graph nor a depfile tells of (profiles, plugins). */
  | 'undeclared-inputs'

/** Why a result was not given to the cache. */
export type NotKept =
  /** A file that it reads changed during the run, or may have. */
  | { readonly kind: 'input-changed'; readonly path: string }
  | { readonly kind: 'output-missing'; readonly path: string }
  /** An output is neither a file nor a symbolic link. */
  | { readonly kind: 'output-special'; readonly path: string }
  /** All outputs are empty: they only note that something else was done. */
  | { readonly kind: 'only-stamps' }
  /** What it reads is not known: its depfile was not written. */
  | { readonly kind: 'unknown-reads' }
  /** A source or header says that the result depends on files which no depfile names. */
  | { readonly kind: 'unseen-reads'; readonly path: string }
  /** It printed more than is recorded. */
  | { readonly kind: 'long-output' }
  /** The cache could not take it: no room, no permission, or the file changed while it was stored. */
  | { readonly kind: 'not-stored' }
