import test from 'ava'
import { CachedProject } from './cached-project.ts'
test('probe', (t) => {
  const a = new CachedProject(t, 'one')
  let at = performance.now()
  const lap = () => { const d = performance.now() - at; at = performance.now(); return Math.round(d) }
  let run = a.build(t)
  t.log(lap(), run.ran, run.cached, a.printed())
  run = a.build(t); t.log(lap(), run.ran, run.cached)
  const b = new CachedProject(t, 'another', a.rig.cacheDirectory)
  run = b.build(t); t.log(lap(), run.ran, run.cached)
  b.useOwnDriver(); run = b.build(t); t.log(lap(), run.ran, run.cached, run.events.filter(e => e.type==='task-queued').map(e => [e.id, e.reason, e.miss]))
})
