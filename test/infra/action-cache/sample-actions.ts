import type { ActionResult } from '../../../events/action-result.ts'
import { digestOf, sha256Hex } from '../../../events/digest.ts'
import type { CachedAction, ReadSet } from '../../../infra/action-cache/action-cache.ts'

export const readSetOf = (...paths: readonly string[]): ReadSet => ({ paths, isBound: false })

/** A result that no other name has. */
export function resultOf(name: string): ActionResult {
  return {
    outputs: [
      { path: `$build/${name}.o`, digest: digestOf(name) },
      { path: `$build/${name}`, digest: digestOf(`${name} linked`), isExecutable: true },
      { path: `$build/lib${name}.so`, target: `lib${name}.so.1` },
    ],
    printed: digestOf(`${name} printed`),
    madeInputs: [digestOf(`${name} made`)],
    origin: {
      build: '01HF7YAT00AAAAAAAAAAAAAAAA',
      task: `${name}.o`,
      worker: 'worker',
      at: 1_700_000_000_000,
      runMs: 12.5,
      roots: ['/src/ä b', '/src/build'],
    },
  }
}

/** An action of the task of that name, whose read files are in the state of that name. */
export function actionOf(task: string, readSet: ReadSet = readSetOf(`${task}.hpp`), state = ''): CachedAction {
  const taskKey = sha256Hex(task)
  const actionKey = sha256Hex(JSON.stringify([task, readSet, state]))
  return { actionKey, taskKey, readSet, result: resultOf(`${task}${state}`) }
}
