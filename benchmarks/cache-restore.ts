import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { BenchmarkSurroundings } from './benchmark.ts'
import type { CacheQuestion } from './cache-question.ts'
import { type Contender, checkSummary, jobs, millraceIn, ninjaIn, start } from './contender.ts'
import { archivesCount, checkCppTree, writeCppTree } from './cpp-tree.ts'
import { inTurn, prepared } from './in-turn.ts'
import { type Question, resultsTable } from './results-table.ts'
import { versionOf } from './tools.ts'

export const cacheRestore: CacheQuestion = {
  title: 'C++ objects and archives deleted and built again with a warm cache, beside ninja with ccache',
  tools: ['ninja', 'ccache', 'g++'],

  async answer({ directory, millrace }, { roundsCount, isSmall }) {
    console.log(`g++ ${versionOf('g++')}, ccache ${versionOf('ccache')}, ninja ${versionOf('ninja')}, ${jobs}`)
    console.log('each keeps its records of the build; the memory beside ninja is without the ccache processes')
    const questions: Question[] = []
    for (const filesCount of isSmall ? [3, 120] : [300, 3_000]) {
      const home = join(directory, String(filesCount))
      questions.push(await restored({ directory: home, millrace }, filesCount, roundsCount))
    }
    console.log(`\n${resultsTable(questions)}`)
  },
}

/**
 * ccache keeps no manifest for its direct mode when a header is as new as the compilation, so the first one has to come
 * in a later second.
 */
const headersAgeMs = 2_000

async function restored(
  { directory, millrace }: BenchmarkSurroundings,
  filesCount: number,
  roundsCount: number,
): Promise<Question> {
  const title = `${filesCount} files`
  const contenders = {
    millrace: restoringMillrace(join(directory, 'of-millrace'), millrace, filesCount),
    'ninja + ccache': ninjaWithCcache(join(directory, 'of-ninja'), filesCount),
  }
  for (const { tree, compiler } of Object.values(contenders)) writeCppTree(tree, filesCount, compiler)
  await setTimeout(headersAgeMs)
  const first = async (contender: RestoringContender) => {
    await start(contender)
    checkCppTree(contender.tree, filesCount)
  }
  await prepared(title, contenders, first)
  const runs = await inTurn(title, contenders, roundsCount, async (contender) => {
    rmSync(join(contender.tree, 'out'), { recursive: true })
    contender.beforeRun()
    const result = await start(contender)
    checkCppTree(contender.tree, filesCount)
    contender.checkRestored()
    return result
  })
  return { title, contenders: runs, peer: 'ninja + ccache' }
}

interface RestoringContender extends Contender {
  readonly compiler: string
  beforeRun(): void
  /** Throws unless the last run compiled nothing. */
  checkRestored(): void
}

function restoringMillrace(home: string, millrace: readonly string[], filesCount: number): RestoringContender {
  const contender = millraceIn(home, millrace)
  const tasksCount = filesCount + archivesCount(filesCount)
  return {
    ...contender,
    compiler: 'g++',
    beforeRun() {},
    checkRestored: () => checkSummary(contender, { cached: tasksCount, run: 0 }),
  }
}

/**
 * ninja keeps its log and its dependencies, as Millrace its state. Without them it does the same: an output that is not
 * there is made, whatever is remembered of it.
 */
function ninjaWithCcache(home: string, filesCount: number): RestoringContender {
  const [cache, userHome] = [join(home, 'ccache'), join(home, 'home')]
  mkdirSync(userHome, { recursive: true })
  // Without the runtime directory, ccache has its temporary files in its cache.
  const env = { CCACHE_DIR: cache, HOME: userHome, XDG_RUNTIME_DIR: undefined }
  const ccache = (option: string) =>
    execFileSync('ccache', [option], { env: { ...process.env, ...env }, encoding: 'utf8' })
  return {
    ...ninjaIn(home, env),
    compiler: 'ccache g++',
    beforeRun: () => void ccache('--zero-stats'),
    checkRestored() {
      const counters = new Map(
        ccache('--print-stats')
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t') as [string, string]),
      )
      const [hits, misses] = ['direct_cache_hit', 'cache_miss'].map((name) => Number(counters.get(name)))
      if (hits !== filesCount || misses !== 0) throw new Error(`ccache has ${hits} direct hits and ${misses} misses`)
    },
  }
}
