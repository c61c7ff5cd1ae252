import type { Engine } from '../../embedded/engine.ts'
import { NinjaError } from './ninja-error.ts'
import { type NinjaOptions, readNinjaOptions } from './ninja-options.ts'

/**
 * Runs one command line of ninja's. Sets the exit code: 0 done, 1 build failed or bad input or usage, 130 interrupted.
 * The engine is loaded when something is built, cleaned or asked of past builds, and not before: CMake asks for the
 * version and the like many times over.
 */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has left, or a full disk, is dealt with where it matters. It is no reason to stop a build.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const read = await readNinjaOptions(args)
    process.exitCode = 'code' in read ? answer(read.code, read.stdout, read.stderr) : await run(read)
  } catch (error) {
    process.exitCode = 1
    if (error instanceof NinjaError) {
      process.stderr.write(`ninja: ${error.severity}: ${error.message}\n`)
      return
    }
    const { exitCodeOf, isExpectedError } = await import('../expected-errors.ts')
    if (!isExpectedError(error)) throw error
    if (exitCodeOf(error) === 130) process.exitCode = 130
    process.stderr.write(`ninja: error: ${error.message}\n`)
  }
}

function answer(code: number, stdout = '', stderr = ''): number {
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  return code
}

function run(options: NinjaOptions): Promise<number> {
  switch (options.tool) {
    case undefined:
      return build(options)
    case 'recompact':
    case 'restat':
      return runNeedlessTool(options.tool, options)
    default:
      return runTool(options.tool, options)
  }
}

async function build(options: NinjaOptions): Promise<number> {
  // In these words, quotes included: editors and CMake's users look for them. Not before what a tool prints.
  if (options.directory !== undefined && options.verbosity !== 'quiet')
    process.stdout.write(`ninja: Entering directory \`${options.directory}'\n`)
  const [{ enteredDirectory }, { ninjaBuild }] = await Promise.all([
    import('./manifest-file.ts'),
    import('./ninja-build.ts'),
  ])
  const directory = enteredDirectory(options.directory)
  return ninjaBuild({ options, directory, openEngine: () => openEngine(directory) })
}

async function runTool(name: string, options: NinjaOptions): Promise<number> {
  const { loadTool, toolList } = await import('./tools/tool-table.ts')
  if (name === 'list') return answer(0, toolList())
  const tool = await loadTool(name)
  const [{ enteredDirectory }, { printTool }] = await Promise.all([
    import('./manifest-file.ts'),
    import('./tools/print-tool.ts'),
  ])
  const directory = enteredDirectory(options.directory)
  return printTool(tool, { options, directory, openEngine: () => openEngine(directory) })
}

/** CMake runs these two in every configuration, in each of its compiler checks too. */
async function runNeedlessTool(name: 'recompact' | 'restat', options: NinjaOptions): Promise<number> {
  const [{ enteredDirectory }, { needlessTools }] = await Promise.all([
    import('./manifest-file.ts'),
    import('./tools/needless-tools.ts'),
  ])
  const { code, stdout, stderr } = needlessTools[name](options, enteredDirectory(options.directory))
  return answer(code, stdout, stderr)
}

async function openEngine(directory: string): Promise<Engine> {
  const [{ host }, { scratchState }] = await Promise.all([import('../main.ts'), import('./scratch-state.ts')])
  const stateDir = scratchState(directory)
  return host.openEngine(stateDir, stateDir === undefined ? undefined : 'off')
}
