import test from 'ava'
import { digestOf } from '../../../../events/digest.ts'
import { MerkleTree } from '../../../../infra/input-tree/input-tree.ts'
import { StagedTree } from '../../../../services/coordinator/replica/staged-tree.ts'

function staged(): StagedTree {
  const tree = new StagedTree({ directory: '/w/build', roots: ['/w/build', '/w/src'] })
  const sources = MerkleTree.of([
    { path: 'w/src/a.c', digest: digestOf('a'), isExecutable: false },
    { path: 'w/src/link.c', target: 'a.c' },
    { path: 'w/src/inner', target: '../src/deep' },
    { path: 'w/src/deep/b.c', digest: digestOf('b'), isExecutable: false },
    { path: 'w/src/loop', target: 'loop' },
    { path: 'w/src/out', target: '/usr/share/x' },
  ])
  tree.begin(sources, 'platform')
  return tree
}

test('sources are found by absolute and by relative paths, and through links', (t) => {
  const tree = staged()
  t.is(tree.digest('/w/src/a.c'), digestOf('a'))
  t.is(tree.digest('../src/a.c'), digestOf('a'))
  t.is(tree.digest('../src/link.c'), digestOf('a'))
  t.is(tree.digest('../src/inner/b.c'), digestOf('b'))
  t.is(tree.digest('../src/none.c'), null)
  t.is(tree.digest('../src/loop'), null)
  t.true(tree.isDirectory('/w/src'))
  t.deepEqual(tree.names('/w/src/deep'), ['b.c'])
})

test('what tasks make is there from then on, links and directories too', (t) => {
  const tree = staged()
  t.is(tree.digest('out/x.o'), null)
  const before = tree.digest('out')
  tree.make({ path: 'out/x.o', digest: digestOf('x') })
  tree.make({ path: 'out/lib.so', target: 'x.o' })
  t.is(tree.digest('out/x.o'), digestOf('x'))
  t.is(tree.digest('/w/build/out/lib.so'), digestOf('x'))
  t.true(tree.isDirectory('out'))
  t.deepEqual(tree.names('out'), ['lib.so', 'x.o'])
  t.not(tree.digest('out'), before)
  t.deepEqual(tree.made('./out/x.o'), { path: 'w/build/out/x.o', digest: digestOf('x'), isExecutable: false })
})

test('what lies outside the roots is there, and changes with the platform', (t) => {
  const tree = staged()
  const before = tree.digest('/usr/include/stdio.h')
  t.truthy(before)
  t.is(tree.digest('/usr/bin/gcc'), before)
  tree.begin(tree.sources, 'another')
  t.not(tree.digest('/usr/include/stdio.h'), before)
  t.deepEqual(tree.names('/usr/include'), [])
  t.is(tree.digest('../src/out'), tree.digest('/usr/share/x'), 'a link may lead there')
  t.is(tree.digest(`/w/src/${'a/'.repeat(50_000)}`), null)
})
