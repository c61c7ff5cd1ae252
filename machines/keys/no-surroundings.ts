import { type Surroundings, surroundingsDigest } from '../../events/surroundings.ts'
import type { TaskNow } from './run-reason.ts'

const content: Surroundings = { tools: [], variables: [] }

/** Of a task whose result does not depend on what its command finds around it. */
export const noSurroundings: TaskNow['surroundings'] = { digest: surroundingsDigest(content), content }
