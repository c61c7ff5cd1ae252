import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { cacheBesideTurbo } from './cache-beside-turbo.ts'
import { cacheFill } from './cache-fill.ts'
import { cacheIdle } from './cache-idle.ts'
import type { CacheQuestion, Extent } from './cache-question.ts'
import { cacheRestore } from './cache-restore.ts'
import { requireTools } from './tools.ts'
import { UserError } from './user-error.ts'

// What does the cache cost, and what does it save?

const questions: Readonly<Record<string, CacheQuestion>> = {
  a: cacheFill,
  b: cacheRestore,
  c: cacheIdle,
  d: cacheBesideTurbo,
}

const usage = `usage: npm run bench -- cache [letter...] [--rounds n] [--small]
${Object.entries(questions)
  .map(([letter, { title }]) => `  ${letter}  ${title}`)
  .join('\n')}
  --rounds n  runs of each contender (default: 5)
  --small     a tiny part of everything, to try the benchmark itself`

export function cache(args: readonly string[]): Benchmark {
  const { letters, extent } = optionsOf(args)
  requireTools([...new Set(letters.flatMap((letter) => questions[letter]!.tools))])
  return async ({ directory, millrace }) => {
    if (extent.isSmall) console.log('SMALL SIZES, to try the benchmark itself: the figures mean nothing')
    console.log(`medians of ${extent.roundsCount} runs, in turn; memory is the peak of the contender's own process`)
    for (const letter of letters) {
      const { title, answer } = questions[letter]!
      console.log(`\n## ${letter}: ${title}\n`)
      const home = join(directory, `question-${letter}`)
      mkdirSync(home)
      await answer({ directory: home, millrace }, extent)
    }
  }
}

function optionsOf(args: readonly string[]): { readonly letters: readonly string[]; readonly extent: Extent } {
  const { values, positionals } = parsed(args)
  const roundsCount = Number(values.rounds)
  const isRight = Number.isSafeInteger(roundsCount) && roundsCount > 0
  if (!isRight || positionals.some((letter) => !Object.hasOwn(questions, letter))) throw new UserError(usage)
  const letters = Object.keys(questions).filter((letter) => positionals.length === 0 || positionals.includes(letter))
  return { letters, extent: { roundsCount, isSmall: values.small } }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { rounds: { type: 'string', default: '5' }, small: { type: 'boolean', default: false } },
    })
  } catch {
    throw new UserError(usage)
  }
}
