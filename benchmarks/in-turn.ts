import type { Run } from './measure.ts'

/** Runs the contenders in turn, so that a change of the machine's mood meets all of them. */
export async function inTurn<Contender>(
  title: string,
  contenders: Readonly<Record<string, Contender>>,
  roundsCount: number,
  run: (contender: Contender) => Promise<Run>,
): Promise<Record<string, Run[]>> {
  const runs: Record<string, Run[]> = {}
  for (let round = 0; round < roundsCount; round += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      const result = await run(contender)
      console.error(`  ${title}, ${round + 1} of ${roundsCount}: ${name} ${(result.wallMs / 1000).toFixed(2)} s`)
      runs[name] = [...(runs[name] ?? []), result]
    }
  }
  return runs
}

/** Runs each contender once, before what is measured, and says how long that took. */
export async function prepared<Contender>(
  title: string,
  contenders: Readonly<Record<string, Contender>>,
  run: (contender: Contender) => Promise<void>,
): Promise<void> {
  const times: string[] = []
  for (const [name, contender] of Object.entries(contenders)) {
    const startMs = performance.now()
    await run(contender)
    times.push(`${name} ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
    console.error(`  ${title}, preparation: ${times.at(-1)}`)
  }
  console.log(`preparation (${title}): ${times.join(', ')}`)
}
