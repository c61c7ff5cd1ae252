import type { ExecutionContext } from 'ava'
import type { MillraceRig } from '../../rig/millrace.ts'

/** What `millrace why` prints, which must go well. */
export function why(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): string {
  const { code, stdout, stderr } = rig.millrace(['why', ...args])
  t.is(code, 0, stderr)
  return stdout
}

/** The same with `--json`. */
export function answer(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]) {
  return JSON.parse(why(t, rig, ...args, '--json'))
}

export function lastBuild(rig: MillraceRig): string {
  return JSON.parse(rig.millrace(['builds', '--json', '-n', '1']).stdout).build
}

/** How two contents are shown, as a regular expression. */
export const digests = String.raw`\([0-9a-f]{8} -> [0-9a-f]{8}\)`
