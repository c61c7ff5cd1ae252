import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CacheQuestion } from './cache-question.ts'
import { checkSummary, jobs, millraceIn, ninjaIn, start } from './contender.ts'
import { inTurn, prepared } from './in-turn.ts'
import { resultsTable } from './results-table.ts'
import { checkTinyTree, tinyPartsCount, writeTinyTree } from './tiny-tree.ts'
import { versionOf } from './tools.ts'

export const cacheIdle: CacheQuestion = {
  title: 'nothing to do in a tree of 30,000 tasks, beside ninja',
  tools: ['ninja'],

  async answer({ directory, millrace }, { roundsCount, isSmall }) {
    // With their 299 concatenations, these copies are 30,000 tasks.
    const copiesCount = isSmall ? 300 : 29_701
    const tasksCount = copiesCount + tinyPartsCount(copiesCount) + 1
    const title = `nothing to do, ${tasksCount} tasks`
    const contenders = {
      millrace: millraceIn(join(directory, 'of-millrace'), millrace),
      ninja: ninjaIn(join(directory, 'of-ninja')),
    }
    console.log(`the graph of tiny with ${copiesCount} copies, ${jobs}, ninja ${versionOf('ninja')}`)
    for (const { tree } of Object.values(contenders)) writeTinyTree(tree, copiesCount)
    await prepared(title, contenders, async (contender) => {
      // A build, and the first run after it.
      for (let run = 0; run < 2; run += 1) await start(contender)
      checkTinyTree(contender.tree, copiesCount)
    })
    const node = { ...contenders.millrace, argv: [process.execPath, '-e', '0'] }
    const runs = await inTurn(title, { ...contenders, 'node -e 0': node }, roundsCount, async (contender) => {
      const result = await start(contender)
      if (contender === contenders.millrace) checkSummary(contender, { 'up to date': tasksCount, run: 0 })
      if (contender === contenders.ninja) checkIdle(contender.outputPath)
      return result
    })
    console.log(`\n${resultsTable([{ title, contenders: runs, peer: 'ninja' }])}`)
  },
}

function checkIdle(outputPath: string): void {
  const output = readFileSync(outputPath, 'utf8')
  if (!output.includes('ninja: no work to do.')) throw new Error(`ninja did something: ${output.slice(-1_000)}`)
}
