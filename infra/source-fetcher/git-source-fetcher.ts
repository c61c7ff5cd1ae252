import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../events/digest.ts'
import type { BlobStore } from '../blob-store/blob-store.ts'
import type { TreeEntry } from '../input-tree/input-tree.ts'
import {
  type FetchedSource,
  type GitSource,
  type KnownContents,
  SourceFetchError,
  type SourceFetcher,
} from './source-fetcher.ts'

/** How long one git command may take, in ms. */
const gitMsMax = 10 * 60 * 1000

/** Git runs no program that a URL names, and asks nobody for a password. */
const gitEnvironment = {
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  LC_ALL: 'C',
}

/** One line of `git ls-tree -z`: mode, type, name of the object, path. */
const treeLine = /^(\d{6}) (\w+) ([0-9a-f]{40,64})\t(.+)$/s

/** Fetches with the git command into bare repositories of its own, one for each URL, which are kept. */
export class GitSourceFetcher implements SourceFetcher {
  readonly #directory: string
  readonly #known: KnownContents = new Map()
  /** One fetch at a time in each repository. */
  readonly #turns = new Map<string, Promise<unknown>>()

  /** @param directory of this process alone; made where it is missing */
  constructor(directory: string) {
    this.#directory = directory
  }

  fetch(source: GitSource, blobs: BlobStore): Promise<FetchedSource> {
    const before = this.#turns.get(source.url) ?? Promise.resolve()
    const turn = before.catch(() => {}).then(() => this.#fetch(source, blobs))
    this.#turns.set(source.url, turn)
    return turn
  }

  async #fetch({ url, revision }: GitSource, blobs: BlobStore): Promise<FetchedSource> {
    if (revision.startsWith('-')) throw new SourceFetchError(`git ${url}: ${revision} is no revision`)
    const repository = join(this.#directory, createHash('sha256').update(url).digest('hex').slice(0, 32))
    if (!existsSync(join(repository, 'HEAD'))) {
      mkdirSync(repository, { recursive: true })
      await this.#git(url, ['init', '--bare', '--quiet', repository])
    }
    const git = ['--git-dir', repository]
    await this.#git(url, [...git, 'fetch', '--quiet', '--no-tags', '--depth', '1', '--', url, revision])
    const commit = (await this.#git(url, [...git, 'rev-parse', '--verify', 'FETCH_HEAD^{commit}'])).toString().trim()
    const listed = (await this.#git(url, [...git, 'ls-tree', '-r', '-z', commit])).toString()
    return { commit, ...(await this.#store(listed, new GitObjects(git), blobs)) }
  }

  async #store(
    listed: string,
    objects: GitObjects,
    blobs: BlobStore,
  ): Promise<Pick<FetchedSource, 'entries' | 'skipped'>> {
    const entries: TreeEntry[] = []
    const skipped: string[] = []
    try {
      for (const line of listed.split('\0')) {
        const [, mode, type, name, path] = treeLine.exec(line) ?? []
        if (path === undefined) continue
        if (type !== 'blob') skipped.push(path)
        else if (mode === '120000') entries.push({ path, target: (await objects.read(name!)).toString() })
        else entries.push({ path, digest: await this.#content(name!, objects, blobs), isExecutable: mode === '100755' })
      }
    } finally {
      objects.close()
    }
    return { entries, skipped }
  }

  async #content(name: string, objects: GitObjects, blobs: BlobStore): Promise<string> {
    const known = this.#known.get(name)
    if (known !== undefined && (await blobs.missing([known])).length === 0) return known
    const content = await objects.read(name)
    const digest = digestOf(content)
    await blobs.put(digest, content)
    this.#known.set(name, digest)
    return digest
  }

  async #git(url: string, args: readonly string[]): Promise<Buffer> {
    const child = spawn('git', args, {
      env: { ...process.env, ...gitEnvironment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: gitMsMax,
    })
    const [out, errors]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (piece) => out.push(piece))
    child.stderr.on('data', (piece) => errors.push(piece))
    const code = await exitOf(child)
    if (code === 0) return Buffer.concat(out)
    const [said = 'it says nothing'] = Buffer.concat(errors).toString().trim().split('\n')
    throw new SourceFetchError(
      `git ${withoutSecrets(url)}: ${said.replaceAll(url, withoutSecrets(url))}; check url and revision, and that this host may read it`,
    )
  }
}

/** Without user and password. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  try {
    const [code] = await once(child, 'close')
    return code
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new SourceFetchError('git is not installed on this host; install it (apt-get install git)')
    throw error
  }
}

/** Contents of a repository's objects, by one `git cat-file --batch`. */
class GitObjects {
  readonly #child
  readonly #pieces: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(git: readonly string[]) {
    this.#child = spawn('git', [...git, 'cat-file', '--batch'], {
      env: { ...process.env, ...gitEnvironment },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#pieces = this.#child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** One at a time. */
  async read(name: string): Promise<Buffer> {
    this.#child.stdin.write(`${name}\n`)
    let end = this.#rest.indexOf('\n')
    while (end < 0) {
      await this.#more()
      end = this.#rest.indexOf('\n')
    }
    const size = Number(this.#rest.toString('latin1', 0, end).split(' ')[2])
    if (!Number.isSafeInteger(size)) throw new SourceFetchError(`git: object ${name} can't be read; fetch again`)
    while (this.#rest.length < end + 1 + size + 1) await this.#more()
    const content = this.#rest.subarray(end + 1, end + 1 + size)
    this.#rest = this.#rest.subarray(end + 1 + size + 1)
    return content
  }

  close(): void {
    this.#child.kill()
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#pieces.next()
    if (done) throw new SourceFetchError('git cat-file ended early; fetch again')
    this.#rest = Buffer.concat([this.#rest, value])
  }
}
