import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Benchmark } from './benchmark.ts'
import { type Contender, jobs, millraceIn, ninjaIn } from './contender.ts'
import { inTurn } from './in-turn.ts'
import { measure, type Run } from './measure.ts'
import { resultsTable } from './results-table.ts'
import { checkTinyTree, tinyPartsCount, writeTinyTree } from './tiny-tree.ts'
import { requireTools, versionOf } from './tools.ts'
import { UserError } from './user-error.ts'

// How much does Millrace itself cost? 10,101 tasks that do next to nothing, beside ninja on the same manifest.

const copiesCount = 10_000
const roundsCount = 5

export function tiny(args: readonly string[]): Benchmark {
  if (args.length > 0) throw new UserError('usage: npm run bench -- tiny')
  requireTools(['ninja'])
  return async ({ directory, millrace }) => {
    const contenders = {
      millrace: millraceIn(join(directory, 'of-millrace'), millrace),
      ninja: ninjaIn(join(directory, 'of-ninja')),
    }
    const concatenationsCount = tinyPartsCount(copiesCount) + 1
    console.log(`${copiesCount} copies and ${concatenationsCount} concatenations, ${jobs}, ninja ${versionOf('ninja')}`)
    console.log(`medians of ${roundsCount} runs, in turn; memory is the peak of the build tool's own process\n`)
    for (const { tree } of Object.values(contenders)) writeTinyTree(tree, copiesCount)

    const clean = await inTurn('from clean', contenders, roundsCount, (contender) => {
      forget(contender)
      return run(contender)
    })
    for (const contender of Object.values(contenders)) await run(contender)
    const nothing = await inTurn('nothing to do', contenders, roundsCount, run)
    const start: Run[] = []
    for (let round = 0; round < roundsCount; round += 1)
      start.push(await measure([process.execPath, '-e', '0'], directory))

    console.error()
    console.log(
      resultsTable([
        { title: 'from clean', contenders: clean, peer: 'ninja' },
        { title: 'nothing to do', contenders: { ...nothing, 'node -e 0': start }, peer: 'ninja' },
      ]),
    )
  }
}

async function run({ argv, tree, env }: Contender): Promise<Run> {
  const result = await measure(argv, tree, env)
  checkTinyTree(tree, copiesCount)
  return result
}

function forget({ tree, memory }: Contender): void {
  for (const path of [...memory, join(tree, 'out')]) rmSync(path, { recursive: true, force: true })
}
