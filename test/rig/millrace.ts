import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** How one command line ended and what it printed. */
export interface MillraceRun {
  /** Exit code; `null` when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** One line of `--json`. */
export interface JsonEvent {
  readonly type: string
  readonly id?: string
  readonly [property: string]: unknown
}

/** A run with `--json`. */
export interface JsonRun extends MillraceRun {
  readonly events: readonly JsonEvent[]
  /** Ids of the tasks that ran to a good end, in that order. */
  readonly ran: readonly string[]
  /** Ids of the tasks that were taken from the cache, in that order. */
  readonly cached: readonly string[]
}

const runMsMax = 120_000
const outputBytesMax = 1 << 28
/** The script that starts the command line. */
export const launcher = join(import.meta.dirname, '../../services/cli/millrace.cjs')

/** The command line as a process, with a tree to build and state and cache directories of its own, all gone after the test. */
export class MillraceRig {
  /** The tree; commands run in it. */
  readonly directory: string
  /** This and the cache directory may be set to those of another rig, which then shares them. */
  stateDirectory: string
  cacheDirectory: string
  /** What is added to the environment of everything that the rig starts. */
  variables: Readonly<Record<string, string>> = {}
  /** `false`: builds of this rig make everything themselves. */
  usesCache = true

  /**
   * @param files of the tree, text by path
   * @param name of the tree's directory
   */
  constructor(t: Pick<ExecutionContext, 'teardown'>, files: Readonly<Record<string, string>> = {}, name = 'tree') {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-cli-')))
    t.teardown(() => rmSync(root, { recursive: true, force: true }))
    this.directory = join(root, name)
    this.stateDirectory = join(root, 'state')
    this.cacheDirectory = join(root, 'cache')
    mkdirSync(this.directory)
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  path(path: string): string {
    return join(this.directory, path)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
  }

  append(path: string, text: string): void {
    appendFileSync(this.path(path), text)
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  has(path: string): boolean {
    return existsSync(this.path(path))
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true })
  }

  /** Runs `millrace <args>` in the tree to its end. */
  millrace(args: readonly string[], env: Readonly<Record<string, string>> = {}): MillraceRun {
    return this.#run(process.execPath, [launcher, ...args], env)
  }

  #run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): MillraceRun {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.directory,
      env: this.#environment(env),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: runMsMax,
      maxBuffer: outputBytesMax,
    })
    if (error !== undefined) throw error
    return { code: status, stdout, stderr }
  }

  /** Runs a command line of the shell in the tree to its end, with the rig's environment. */
  shell(text: string): MillraceRun {
    return this.#run('/bin/sh', ['-c', text], {})
  }

  /** Runs `millrace build --json <args>`. */
  build(...args: readonly string[]): JsonRun {
    const run = this.millrace(['build', '--json', ...(this.usesCache ? [] : ['--no-cache']), ...args])
    const events = run.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JsonEvent)
    const idsOf = (wanted: string) => events.filter(({ type }) => type === wanted).map(({ id }) => id!)
    return { ...run, events, ran: idsOf('task-succeeded'), cached: idsOf('task-cached') }
  }

  /** As {@link build}, for a build that has to go well: fails the test with what was printed when it did not. */
  mustBuild(t: ExecutionContext, ...args: readonly string[]): readonly string[] {
    const run = this.build(...args)
    t.is(run.code, 0, `${run.stdout}${run.stderr}`)
    return run.ran
  }

  /** Starts `millrace <args>` in the tree and leaves it running; it is killed after the test. */
  start(
    t: ExecutionContext,
    args: readonly string[],
  ): { readonly process: ChildProcess; readonly run: Promise<MillraceRun> } {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: this.directory,
      env: this.#environment({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const text = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (piece) => {
        text[name] += piece
      })
    const run = new Promise<MillraceRun>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, ...text }))
    })
    return { process: child, run }
  }

  /** Runs another tool in the tree; returns its standard output. A failure throws, with what it printed. */
  tool(command: string, args: readonly string[], directory = this.directory): string {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: runMsMax,
      maxBuffer: outputBytesMax,
    })
    if (error !== undefined) throw error
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
    return stdout
  }

  #environment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { NODE_OPTIONS: _, ...env } = process.env
    const own = { XDG_STATE_HOME: this.stateDirectory, XDG_CACHE_HOME: this.cacheDirectory }
    return { ...env, ...own, ...this.variables, ...added }
  }
}
