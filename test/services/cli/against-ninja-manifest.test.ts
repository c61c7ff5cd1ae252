import test from 'ava'
import { moduleTree } from './module-tree.ts'
import { NinjaTwin } from './ninja-twin.ts'

test('of a manifest with dyndep files, a dry run prints what ninja prints after each kind of change', (t) => {
  const twin = new NinjaTwin(t, moduleTree)
  t.is(twin.same(t, 'clean, without what needs a dyndep file', 'note').length, 1)
  twin.build(t)
  t.deepEqual(twin.same(t, 'built'), [])
  twin.each((tree) => tree.append('note.txt', 'edited\n'))
  t.deepEqual(twin.same(t, 'another source edited'), ['cat note.txt > note'])
  twin.build(t)
  twin.each((tree) => tree.append('compile.sh', '# edited\n'))
  t.is(twin.same(t, 'an implicit input edited').length, 3)
  twin.build(t)
  twin.each((tree) => tree.remove('vec.mod'))
  t.is(twin.same(t, 'an output deleted that only the dyndep file tells of').length, 3)
  twin.build(t)
  twin.each((tree) => tree.remove('app'))
  t.deepEqual(twin.same(t, 'an output deleted'), ['cat main.o vec.o > app'])
  twin.build(t)
  twin.each((tree) => tree.append('vec.f', 'edited\n'))
  t.is(twin.same(t, 'a scanned source edited').length, 4)
  twin.build(t)
  twin.each((tree) => tree.write('build.ninja', tree.read('build.ninja').replace('cat $in >', 'cat  $in >')))
  t.is(twin.same(t, 'a command changed').length, 1)
  twin.build(t)
  t.deepEqual(twin.same(t, 'built again'), [])
})
