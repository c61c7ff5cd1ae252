import type { Commit } from '../../../events/commit.ts'
import { UserError } from '../../user-error.ts'
import type { OutputStream } from '../output-stream.ts'
import type { Paint } from '../progress/colour.ts'
import type { ReplayedBuild } from './replayed-build.ts'
import { readStepKeys, type StepKey } from './step-key.ts'
import { SteppedBuild } from './stepped-build.ts'

export type KeyStream = NodeJS.ReadableStream & {
  readonly isTTY?: boolean
  readonly setRawMode?: (isRaw: boolean) => unknown
}

export interface StepOptions {
  readonly stdin: KeyStream
  readonly stdout: OutputStream
  readonly paint: Paint
}

/**
 * Shows a build commit by commit and goes where the keys say, until `q`. The terminal is left as it was found, whatever
 * happens. Throws {@link UserError} without a terminal.
 */
export async function stepThrough(build: ReplayedBuild, options: StepOptions): Promise<void> {
  const { stdin, stdout } = options
  if (!stdin.isTTY || !stdout.isTTY || stdin.setRawMode === undefined)
    throw new UserError('--step needs a terminal; use --at for the state at one point, or the plain timeline')
  const commits: Commit[] = []
  for await (const { commit } of build.commits()) commits.push(commit)
  const view = new StepView(new SteppedBuild(build, commits), options)
  const restore = () => {
    stdin.setRawMode?.(false)
    stdout.write(leaveScreen)
  }
  process.once('exit', restore)
  stdin.setRawMode(true)
  stdout.write(enterScreen)
  try {
    await view.run()
  } finally {
    process.off('exit', restore)
    restore()
    stdin.pause()
  }
}

/** The alternate screen without a cursor (xterm control sequences), so that what was on the terminal comes back. */
const enterScreen = '\x1b[?1049h\x1b[?25l'
const leaveScreen = '\x1b[?25h\x1b[?1049l'

class StepView {
  readonly #build: SteppedBuild
  readonly #options: StepOptions
  #version = 1
  /** Digits typed so far. */
  #number = ''

  constructor(build: SteppedBuild, options: StepOptions) {
    this.#build = build
    this.#options = options
  }

  run(): Promise<void> {
    const { stdin, stdout } = this.#options
    return new Promise((resolve, reject) => {
      const draw = () => this.#draw()
      const onSignal = () => finish()
      const finish = (error?: unknown) => {
        stdin.off('data', onData)
        stdin.off('end', onSignal)
        stdout.off('resize', draw)
        for (const signal of signals) process.off(signal, onSignal)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onData = (data: Buffer | string) => {
        try {
          for (const key of readStepKeys(data.toString())) if (!this.#press(key)) return finish()
          draw()
        } catch (error) {
          finish(error)
        }
      }
      stdin.on('data', onData)
      stdin.on('end', onSignal)
      stdout.on('resize', draw)
      for (const signal of signals) process.on(signal, onSignal)
      draw()
    })
  }

  /** Returns whether to go on. */
  #press(key: StepKey): boolean {
    if (typeof key === 'number') {
      this.#number = `${this.#number}${key}`.slice(0, 9)
      return true
    }
    const typed = this.#number === '' ? undefined : Number(this.#number)
    if (key === 'erase') this.#number = this.#number.slice(0, -1)
    else this.#number = ''
    switch (key) {
      case 'forward':
        this.#goTo(this.#version + (typed ?? 1))
        return true
      case 'back':
        this.#goTo(this.#version - (typed ?? 1))
        return true
      case 'first':
        this.#goTo(1)
        return true
      case 'last':
        this.#goTo(this.#build.lastVersion)
        return true
      case 'enter':
        this.#goTo(typed ?? this.#version + 1)
        return true
      case 'erase':
        return true
      case 'quit':
        return false
    }
  }

  #goTo(version: number): void {
    this.#version = Math.min(this.#build.lastVersion, Math.max(1, version))
  }

  #draw(): void {
    const { stdout, paint } = this.#options
    const size = { rows: stdout.rows || 24, columns: stdout.columns || 80 }
    const lines = this.#build.screen(this.#version, size, paint)
    const prompt = this.#number === '' ? keysHelp.slice(0, size.columns - 1) : `go to commit ${this.#number} (enter)`
    const clear = lines.map((line) => `${line}\x1b[K`).join('\r\n')
    stdout.write(`\x1b[H${clear}\r\n\x1b[J\x1b[${size.rows};1H${paint('dim', prompt)}`)
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const keysHelp = 'n/right/space forward  p/left back  g first  G last  number+enter jump  q quit'
