import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CacheQuestion } from './cache-question.ts'
import { type Contender, checkSummary, jobs, millraceIn, ninjaIn, start } from './contender.ts'
import { inTurn } from './in-turn.ts'
import { resultsTable } from './results-table.ts'
import { googletest, versionOf } from './tools.ts'

const tests = ['-Dgtest_build_tests=ON', '-Dgtest_build_samples=ON', '-Dgmock_build_tests=ON']
const fewest = ['-DBUILD_GMOCK=OFF']

export const cacheFill: CacheQuestion = {
  title: 'googletest from clean, Millrace with an empty cache that it fills, beside ninja',
  tools: ['ninja', 'cmake', 'g++', 'googletest'],

  async answer({ directory, millrace }, { roundsCount, isSmall }) {
    const contenders = {
      millrace: millraceIn(join(directory, 'of-millrace'), millrace),
      ninja: ninjaIn(join(directory, 'of-ninja')),
    }
    const options = isSmall ? fewest : tests
    configure(contenders.ninja, options)
    const outputs = outputsIn(contenders.ninja.tree)
    console.log(`${outputs.length} tasks, ${jobs}, ninja ${versionOf('ninja')}, CMake ${versionOf('cmake')}`)
    console.log('before each run: a new tree, configured by CMake, and nothing remembered or cached')

    const runs = await inTurn('googletest from clean', contenders, roundsCount, async (contender) => {
      configure(contender, options)
      const result = await start(contender)
      check(contender, outputs)
      if (contender === contenders.millrace) checkFilled(contender, outputs.length)
      return result
    })
    console.log(`\n${resultsTable([{ title: 'googletest from clean', contenders: runs, peer: 'ninja' }])}`)
  },
}

function configure({ tree, memory }: Contender, options: readonly string[]): void {
  for (const path of [tree, ...memory]) rmSync(path, { recursive: true, force: true })
  execFileSync('cmake', ['-G', 'Ninja', ...options, '-S', googletest, '-B', tree], { stdio: ['ignore', 'ignore', 2] })
}

/** Files that compilers and linkers are to make in a configured tree, one of each task. */
function outputsIn(tree: string): string[] {
  const lines = execFileSync('ninja', ['-t', 'targets', 'all'], { cwd: tree, encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => /^(.+): \w+_(?:COMPILER|LINKER)__/.exec(line)?.[1] ?? [])
}

function check({ tree }: Contender, outputs: readonly string[]): void {
  for (const output of outputs)
    if (statSync(join(tree, output)).size === 0) throw new Error(`${join(tree, output)} is empty`)
}

function checkFilled(millrace: Contender, tasksCount: number): void {
  checkSummary(millrace, { cached: 0, run: tasksCount })
  for (const path of millrace.memory) if (readdirSync(path).length === 0) throw new Error(`${path} is empty`)
}
