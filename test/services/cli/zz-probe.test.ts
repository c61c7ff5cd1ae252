import test from 'ava'
import { CachedProject } from './cached-project.ts'
test('probe', (t) => {
  const a = new CachedProject(t, 'one')
  const show = () => { const run = a.build(t); t.log(run.ran, run.cached, run.events.filter(e => e.id === 'gen/config.h').map(e => JSON.stringify([e.type, e.reason, e.miss, e.kept, e.notKept, e.action])).join('\n'), run.events.filter(e => e.type==='surroundings-noted').map(e => JSON.stringify(e.surroundings.map(s => s.tools.map(x => x[0]+x[1].slice(0,6)))))) }
  show()
  for (let i = 0; i < 4; i++) { a.rig.write('build/gen/config.h', `int${i}`); show() }
})
