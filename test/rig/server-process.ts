import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { requireTool } from './require-tool.ts'
import { until } from './until.ts'

/** A real server on a free port of the loopback interface, with a directory of its own for what it stores. */
export class ServerProcess {
  readonly port: number
  readonly directory: string
  readonly #argv: readonly string[]
  #child: ChildProcess | undefined

  protected constructor(port: number, directory: string, argv: readonly string[]) {
    this.port = port
    this.directory = directory
    this.#argv = argv
  }

  /** Chooses port and directory; `argv` gives the command for them. */
  protected static async place(name: string): Promise<{ readonly port: number; readonly directory: string }> {
    requireTool(name)
    return { port: await freePort(), directory: mkdtempSync(join(tmpdir(), `millrace-${name}-`)) }
  }

  /** Starts the server, again after a kill, and resolves when it answers. */
  async start(): Promise<void> {
    const [command, ...args] = this.#argv
    const child = spawn(command!, args, { cwd: this.directory, stdio: 'ignore' })
    this.#child = child
    await until(`${command} listens on port ${this.port}`, async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended with exit code ${child.exitCode}`)
      return this.#answers()
    })
  }

  /** Sends a signal; resolves when the process has ended or stands still, unless the signal lets it run. */
  async signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child!
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill(signal)
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended
    if (signal === 'SIGSTOP') await until('every thread has stopped', () => hasStopped(child.pid!))
  }

  /** Ends the server and removes what it stored. */
  async remove(): Promise<void> {
    if (this.#child !== undefined) await this.signal('SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = createConnection(this.port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
  }
}

/** Threads stop one by one. */
function hasStopped(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.every((thread) => /\) T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')))
}
