import { mountPlan } from './mount-plan.ts'
import { type Sandbox, SandboxError, type SandboxedCommand, type SandboxOrder } from './sandbox.ts'
import { untilEmpty } from './sandbox-processes.ts'
import { checkOrder } from './staged-path.ts'

export interface BubblewrapOptions {
  /** Name or path of bwrap; default `bwrap`. */
  readonly program?: string
  /** Directories of this host that commands see, read-only; must hold /bin/sh. Default {@link toolDirectories}. */
  readonly hostDirectories?: readonly string[]
  /** Makes a user namespace also where this user could do without: what `probeBubblewrap` found out. */
  readonly hasUserNamespace?: boolean
}

/** Where systems keep compilers, libraries and what those need. Links, as /bin often is, are made anew. */
export const toolDirectories: readonly string[] = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
]

const programDefault = 'bwrap'

/**
 * The command is a child of process 1 of its namespace, a shell. When that ends, the kernel kills all others, and only then
 * tells bwrap: so nothing is left when bwrap ends by itself. A subshell's `exec` never takes a program for a builtin.
 */
const firstProcess = ['/bin/sh', '-c', '(exec "$@"); exit $?', 'sh']

/** Arguments of bwrap but for mounts and command. */
export function namespaceArguments(options: BubblewrapOptions, hasNetwork: boolean): string[] {
  const args = [
    options.program ?? programDefault,
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--hostname',
    'millrace',
    '--die-with-parent',
    '--new-session',
    '--as-pid-1',
    '--cap-drop',
    'ALL',
  ]
  if (!hasNetwork) args.push('--unshare-net')
  if (options.hasUserNamespace) args.push('--unshare-user')
  return args
}

/** Commands in namespaces of their own, made by bubblewrap. Ask `probeBubblewrap` first whether it works here. */
export function bubblewrapSandbox(options: BubblewrapOptions = {}): Sandbox {
  return new BubblewrapSandbox(options)
}

class BubblewrapSandbox implements Sandbox {
  readonly description = 'bubblewrap: namespaces of its own for each command'
  readonly protects = [
    "A command sees its roots and the host's directories of tools, and no other file of the host.",
    'It can write to its writable directories and to temporary ones that end with it, and nowhere else.',
    'It has no network but its own loopback, unless the order asks for one.',
    "It sees, signals and traces only its own processes; all of them end with it, or with the worker's.",
    'It has no capabilities and gets none, also when the worker is root.',
  ]
  readonly doesNotProtect = [
    "The kernel is the host's: what breaks the kernel breaks the sandbox.",
    'Memory, processors and disk space are not limited.',
    'A command can make an input in a writable directory writable, as it runs as its owner, and then change it: the ' +
      'stage notices by its size, mode or time, and fetches it anew.',
    "It reads all that the worker's user can read in the directories of tools, such as /etc.",
    'It is killed at once: it gets no signal to clean up on before.',
  ]
  readonly #options: BubblewrapOptions

  constructor(options: BubblewrapOptions) {
    this.#options = options
  }

  wrap(order: SandboxOrder): SandboxedCommand {
    checkOrder(order)
    const variables = checkedVariables(order.env ?? {})
    const odd = variables.filter((variable) => !isShellName(variable))
    const argv = [
      ...namespaceArguments(this.#options, order.hasNetwork ?? false),
      ...mountPlan(order, this.#options.hostDirectories ?? toolDirectories),
      '--chdir',
      order.cwd,
      ...variables.filter(isShellName).flatMap((variable) => ['--setenv', ...variable]),
      '--',
      ...firstProcess,
      ...(odd.length > 0 ? ['/usr/bin/env', '--', ...odd.map(([name, value]) => `${name}=${value}`)] : []),
      ...('argv' in order.command ? order.command.argv : ['/bin/sh', '-c', order.command.shell]),
    ]
    return {
      command: { argv },
      cwd: '/',
      writable: order.writable.map((directory) => directory.slice(1)),
      end: async (isKilled) => {
        if (isKilled) await untilEmpty(order)
      },
    }
  }
}

/** They are set by bwrap, not for it: one such as LD_PRELOAD is meant for the command. */
function checkedVariables(env: Readonly<Record<string, string>>): (readonly [name: string, value: string])[] {
  const variables = Object.entries(env)
  for (const [name, value] of variables)
    if (name === '' || /[=\0]/.test(name) || value.includes('\0'))
      throw new SandboxError(
        `sandbox: ${JSON.stringify(name)} can't be a variable or have its value; mend the order's env`,
      )
  return variables
}

/** Shells do not pass on variables with other names. */
function isShellName([name]: readonly [name: string, value: string]): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
}
