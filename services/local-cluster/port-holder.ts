import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/** Whether nobody listens on this port of the loopback interface, or on that of all interfaces. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** Who listens on this port: `nats-server (process 123)`. A process of another user can't be told. */
export function portHolder(port: number): string {
  const sockets = ['tcp', 'tcp6'].flatMap((table) => listeners(table, port))
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    if (holdsOne(pid, sockets)) return `${nameOf(pid)} (process ${pid})`
  return 'a process of another user'
}

/** Socket inodes of the listeners, see proc_pid_net(5): local address, state (0A: listens) and inode are columns 2, 4 and 10. */
function listeners(table: string, port: number): string[] {
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return textOf(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(hexPort) && columns[3] === '0A')
    .map((columns) => `socket:[${columns[9]}]`)
}

function holdsOne(pid: string, sockets: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.includes(linkOf(`/proc/${pid}/fd/${fd}`)))
  } catch {
    // It has ended, or is another user's.
    return false
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function nameOf(pid: string): string {
  return textOf(`/proc/${pid}/comm`).trim() || 'a process'
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
