import { join } from 'node:path'
import type { CacheQuestion } from './cache-question.ts'
import { checkSummary, jobs, millraceIn, start } from './contender.ts'
import { inTurn, prepared } from './in-turn.ts'
import { checkPackages, removePackageOutputs, writeManifest, writePackages } from './packages-tree.ts'
import { resultsTable } from './results-table.ts'
import { checkFullTurbo, turboIn, turboVersion } from './turbo-contender.ts'

export const cacheBesideTurbo: CacheQuestion = {
  title: '1,000 copies restored after they were deleted, beside turbo',
  tools: ['npm', 'git'],

  async answer({ directory, millrace }, { roundsCount, isSmall }) {
    const packagesCount = isSmall ? 10 : 1_000
    const title = `${packagesCount} copies restored`
    const homes = { millrace: join(directory, 'of-millrace'), turbo: join(directory, 'of-turbo') }
    for (const home of Object.values(homes)) writePackages(join(home, 'tree'), packagesCount)
    writeManifest(join(homes.millrace, 'tree'), packagesCount)
    const contenders = {
      millrace: millraceIn(homes.millrace, millrace),
      turbo: turboIn(homes.turbo, packagesCount),
    }
    console.log(`millrace: a ninja manifest, ${jobs}`)
    console.log(`turbo ${turboVersion}: npm workspaces in a Git repository, its own number of jobs, local cache only`)
    await prepared(title, contenders, async (contender) => {
      await start(contender)
      checkPackages(contender.tree, packagesCount)
    })
    const runs = await inTurn(title, contenders, roundsCount, async (contender) => {
      removePackageOutputs(contender.tree, packagesCount)
      const result = await start(contender)
      checkPackages(contender.tree, packagesCount)
      if (contender === contenders.turbo) checkFullTurbo(contender, packagesCount)
      else checkSummary(contender, { cached: packagesCount, run: 0 })
      return result
    })
    console.log(`\n${resultsTable([{ title, contenders: runs, peer: 'turbo' }])}`)
  },
}
