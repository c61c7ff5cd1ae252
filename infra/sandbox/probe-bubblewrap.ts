import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type BubblewrapOptions, namespaceArguments, toolDirectories } from './bubblewrap-sandbox.ts'
import { mountPlan } from './mount-plan.ts'

export type BubblewrapProbe =
  | { readonly kind: 'works'; readonly options: BubblewrapOptions }
  /** `why`: one line, with the mend. */
  | { readonly kind: 'unusable'; readonly why: string }

/** Runs nothing in bubblewrap, with everything that commands get. What works comes back as options for the sandbox. */
export async function probeBubblewrap(options: BubblewrapOptions = {}): Promise<BubblewrapProbe> {
  let trouble: Trouble | undefined
  // Root can do without a user namespace, unless it is root of a container without the capability.
  for (const hasUserNamespace of [false, true]) {
    const tried = { ...options, hasUserNamespace }
    const found = await run(tried)
    if (found === undefined) return { kind: 'works', options: tried }
    trouble = found
  }
  return { kind: 'unusable', why: reason(trouble!) }
}

interface Trouble {
  /** Of the system, when bwrap could not be started. */
  readonly code: string | undefined
  readonly said: string
}

function run(options: BubblewrapOptions): Promise<Trouble | undefined> {
  const order = { command: { argv: [] }, cwd: '/', stage: '/', roots: [], writable: [] }
  const mounts = mountPlan(order, options.hostDirectories ?? toolDirectories)
  const [program, ...args] = [...namespaceArguments(options, false), ...mounts, '--', '/bin/sh', '-c', ':']
  return new Promise((resolve) => {
    execFile(program!, args, { cwd: '/', timeout: 10_000, killSignal: 'SIGKILL' }, (error, _, stderr) => {
      if (error === null) resolve(undefined)
      else resolve({ code: typeof error.code === 'string' ? error.code : undefined, said: stderr.split('\n', 1)[0]! })
    })
  })
}

function reason({ code, said }: Trouble): string {
  if (code === 'ENOENT') return 'bwrap is not installed; install it, e.g. with: apt-get install bubblewrap'
  if (code !== undefined) return `bwrap can't be started (${code}); give this user permission to run it`
  if (setting('user/max_user_namespaces') === '0')
    return 'user namespaces are forbidden here; as root: sysctl user.max_user_namespaces=10000'
  if (setting('kernel/unprivileged_userns_clone') === '0')
    return 'user namespaces are forbidden here; as root: sysctl kernel.unprivileged_userns_clone=1'
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return 'AppArmor forbids user namespaces; as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0'
  return `bwrap does not work here (${said}); in a container, allow it to make namespaces and mount /proc, or run as root`
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim()
  } catch {
    return undefined
  }
}
