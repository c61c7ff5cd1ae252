import { spawn } from 'node:child_process'

/** How many bytes of an answer are read; GCC's and Clang's take some thousands. */
const outputMax = 1 << 20

/** A question to a program. */
export interface Question {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/**
 * Starts a program without a shell and resolves with what it wrote to its standard output and error; undefined when it
 * fails, writes too much or takes too long. It is killed then, with what it has started.
 */
export function askDriver({ program, args, env, timeoutMs }: Question): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: '/', env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    let length = 0
    const end = (answer?: string) => {
      clearTimeout(timer)
      resolve(answer)
    }
    const giveUp = () => {
      killGroup(child.pid)
      child.stdout.destroy()
      child.stderr.destroy()
      end()
    }
    const timer = setTimeout(giveUp, timeoutMs)
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.byteLength
      if (length > outputMax) giveUp()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', () => end())
    child.on('close', (code) => end(code === 0 ? Buffer.concat(chunks).toString() : undefined))
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of them have ended.
  }
}
