import { execFileSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Compiles Millrace into a folder laid out as the npm package is, and returns the command that starts it there: what an
 * installed user runs, not the sources. It runs on the `node` that comes first in `PATH`.
 */
export function installMillrace(directory: string): readonly string[] {
  const top = join(import.meta.dirname, '..')
  const home = join(directory, 'millrace')
  execFileSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', join(home, 'dist')], { cwd: top, stdio: 'inherit' })
  for (const file of ['package.json', 'services/cli/millrace.cjs']) cpSync(join(top, file), join(home, file))
  symlinkSync(join(top, 'node_modules'), join(home, 'node_modules'))
  return [join(home, 'services/cli/millrace.cjs')]
}
