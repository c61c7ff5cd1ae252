import { ninjaVersion } from '../../../machines/graph/ninja/ninja-version.ts'
import { jobsUnlimited } from './ninja-options.ts'

/** What `-h` prints. */
export function usageText(): string {
  return `usage: ninja [options] [targets...]

if targets are unspecified, builds the 'default' target (see manual).

options:
  --version      print the version of ninja that is spoken ("${ninjaVersion}")
  -v, --verbose  show all command lines while building
  --quiet        don't show progress status, just command output

  -C DIR   change to DIR before doing anything else
  -f FILE  specify input build file [default=build.ninja]

  -j N     run N jobs in parallel (0 means as many as there are, up to ${jobsUnlimited}) [default: processors + 2]
  -k N     keep going until N jobs fail (0 means infinity) [default=1]
  -l N     taken for compatibility: the load average is not considered
  -n       dry run (don't run commands but act like they succeeded)

  -d MODE  enable debugging (use '-d list' to list modes)
  -t TOOL  run a subtool (use '-t list' to list subtools)
    terminates toplevel options; further flags are passed to the tool
  -w FLAG  adjust warnings (use '-w list' to list warnings)

This is millrace in ninja's place: what is out of date is told by content, and past builds are in \`millrace builds\`.
NINJA_STATUS is not considered. Exit codes: 0 done, 1 build failed or bad input or usage, 130 interrupted.
`
}
