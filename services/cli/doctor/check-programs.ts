import { execFile } from 'node:child_process'
import type { Check } from './check.ts'

/** A program that is asked for its version. */
interface Program {
  readonly name: string
  /** Command lines to try, the first that works counts. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[]
  readonly isRequired?: true
  readonly mend: string
}

const programs: readonly Program[] = [
  {
    name: 'sh',
    commands: [['/bin/sh', '-c', 'echo /bin/sh']],
    isRequired: true,
    mend: 'install a POSIX shell as /bin/sh: every command runs in it',
  },
  {
    name: 'C++ compiler',
    commands: [
      ['c++', '--version'],
      ['g++', '--version'],
      ['clang++', '--version'],
    ],
    mend: 'to build C or C++: apt install g++',
  },
  { name: 'ninja', commands: [['ninja', '--version']], mend: 'optional, to compare with: apt install ninja-build' },
  { name: 'cmake', commands: [['cmake', '--version']], mend: 'optional, to make a build graph: apt install cmake' },
  {
    name: 'bubblewrap',
    commands: [['bwrap', '--version']],
    mend: 'optional, for staged execution: apt install bubblewrap',
  },
  {
    name: 'user namespaces',
    commands: [
      ['bwrap', '--unshare-user', '--unshare-pid', '--ro-bind', '/', '/', '--proc', '/proc', 'echo', 'work'],
      ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', 'echo', 'work'],
    ],
    mend: 'optional, for staged execution: sysctl kernel.unprivileged_userns_clone=1, or allow them in the container',
  },
  {
    name: 'nats-server',
    commands: [['nats-server', '--version']],
    mend: 'optional, for a cluster: apt install nats-server',
  },
  {
    name: 'redis-server',
    commands: [['redis-server', '--version']],
    mend: 'optional, for a cluster: apt install redis-server',
  },
]

const timeoutMs = 5000

/** Programs that builds or tests need, found by running them. */
export function checkPrograms(env: NodeJS.ProcessEnv): Promise<readonly Check[]> {
  return Promise.all(programs.map((program) => checkProgram(program, env)))
}

async function checkProgram({ name, commands, isRequired, mend }: Program, env: NodeJS.ProcessEnv): Promise<Check> {
  for (const command of commands) {
    const line = await firstLine(command, env)
    if (line !== null) return { name, status: 'ok', what: line }
  }
  return { name, status: isRequired ? 'missing' : 'warn', what: 'not found, or does not work', mend }
}

/** What the command printed first; null when it can't be run or fails. */
function firstLine([program, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: timeoutMs, env }, (error, stdout) => {
      resolve(error === null ? (stdout.trim().split('\n')[0] ?? '') : null)
    })
    child.stdin?.end()
  })
}
