import test, { type ExecutionContext } from 'ava'
import { digestOf } from '../../events/digest.ts'
import { ensureAllLooked, lookAtAll, type SourceTree } from '../../infra/source-tree/source-tree.ts'

/** Files, and the trees that look at them. */
export interface SourceTreeBench {
  /** Another tree over the same files, as a later process has it. */
  readonly open: () => SourceTree
  readonly write: (path: string, content: string) => void
  readonly mkdir: (path: string) => void
  readonly remove: (path: string) => void
  /** Resolves once any later change shows in the files' times. */
  readonly settle: () => Promise<void>
}

/** Looks at paths with a new tree. */
async function looked(bench: SourceTreeBench, ...paths: readonly string[]): Promise<SourceTree> {
  const tree = bench.open()
  await lookAtAll(tree, paths)
  return tree
}

/** Runs what every source tree guarantees, on empty files for each test. */
export function sourceTreeConformance(adapter: string, makeBench: (t: ExecutionContext) => SourceTreeBench): void {
  const on = (title: string, run: (t: ExecutionContext, bench: SourceTreeBench) => Promise<void>) =>
    test(`${adapter}: ${title}`, (t) => run(t, makeBench(t)))

  on('a file has the digest of its content, and a path where nothing is has none', async (t, bench) => {
    bench.write('a', 'one')
    bench.write('sub/empty', '')
    const tree = await looked(bench, 'a', 'sub/empty', 'b', 'no/where', 'a/below')
    t.is(tree.digest('a'), digestOf('one'))
    t.is(tree.digest('sub/empty'), digestOf(''))
    for (const path of ['b', 'no/where', 'a/below']) t.is(tree.digest(path), null, path)
  })

  on('a path that was not looked at has no digest to tell, though what an earlier tree knew', async (t, bench) => {
    bench.write('a', 'one')
    await bench.settle()
    const later = bench.open()
    later.restore((await looked(bench, 'a')).snapshot()!)
    for (const tree of [bench.open(), later]) t.throws(() => tree.digest('a'), { message: 'a was not looked at' })
  })

  on('what a look found stays until the next look, whatever happens to the file', async (t, bench) => {
    bench.write('a', 'one')
    const tree = await looked(bench, 'a', 'b')
    bench.remove('a')
    bench.write('b', 'new')
    t.deepEqual([tree.digest('a'), tree.digest('b')], [digestOf('one'), null])
    t.deepEqual([tree.has('a'), tree.has('b')], [true, false])
    await lookAtAll(tree, ['a', 'b'])
    t.deepEqual([tree.digest('a'), tree.digest('b')], [null, digestOf('new')])
    t.deepEqual([tree.has('a'), tree.has('b')], [false, true])
  })

  on('has tells of a path that was not looked at as it is now', async (t, bench) => {
    const tree = bench.open()
    t.false(tree.has('a'))
    bench.write('a', 'one')
    t.true(tree.has('a'))
    t.false(tree.has('a/below'))
  })

  on('a directory is one, and its digest follows the names in it and not their contents', async (t, bench) => {
    bench.write('d/b', 'one')
    const tree = await looked(bench, 'd', 'd/b')
    t.deepEqual([tree.isDirectory('d'), tree.isDirectory('d/b'), tree.isDirectory('e')], [true, false, false])
    const digest = tree.digest('d')
    await bench.settle()
    bench.write('d/b', 'two')
    t.is((await looked(bench, 'd')).digest('d'), digest)
    bench.write('d/a', 'new')
    await lookAtAll(tree, ['d'])
    t.not(tree.digest('d'), digest)
    bench.remove('d/a')
    t.is((await looked(bench, 'd')).digest('d'), digest)
  })

  on(
    'what was looked at is not looked at again when that is not asked for, until changes are expected',
    async (t, bench) => {
      bench.write('a', 'one')
      const tree = bench.open()
      const ensure = () => ensureAllLooked(tree, ['a', 'b'])
      await ensure()
      await bench.settle()
      bench.write('a', 'two')
      bench.write('b', 'new')
      await ensure()
      t.deepEqual([tree.digest('a'), tree.digest('b')], [digestOf('one'), null])
      tree.expectChanges()
      await ensure()
      t.deepEqual([tree.digest('a'), tree.digest('b')], [digestOf('two'), digestOf('new')])
      tree.noteWritten('a', digestOf('two'))
      bench.write('a', 'three')
      await ensure()
      t.is(tree.digest('a'), digestOf('two'))
    },
  )

  on('the names in a directory are those of now; anything else has none', async (t, bench) => {
    bench.write('d/b', 'one')
    bench.write('d/a/x', 'two')
    const tree = bench.open()
    t.deepEqual([...tree.names('d')].sort(), ['a', 'b'])
    bench.write('d/c', 'three')
    t.deepEqual([...tree.names('d')].sort(), ['a', 'b', 'c'])
    t.deepEqual([tree.names('d/b'), tree.names('e')], [[], []])
  })

  on(
    'a file that was noted as written is known without a look, and a later look sees what it is by then',
    async (t, bench) => {
      const tree = bench.open()
      bench.write('a', 'one')
      tree.noteWritten('a', digestOf('one'))
      t.is(tree.digest('a'), digestOf('one'))
      await bench.settle()
      bench.write('a', 'three')
      await lookAtAll(tree, ['a'])
      t.is(tree.digest('a'), digestOf('three'))
      bench.remove('a')
      tree.noteWritten('a', digestOf('one'))
      t.is(tree.digest('a'), null)
    },
  )

  on('a snapshot of some files tells of these, and joins what another tree knows', async (t, bench) => {
    for (const path of ['a', 'b', 'c']) bench.write(path, path)
    await bench.settle()
    const first = await looked(bench, 'a', 'b')
    const tree = bench.open()
    tree.restore((await looked(bench, 'c')).snapshot()!)
    tree.restore(first.snapshotOf(new Set(['a', 'missing'])))
    await lookAtAll(tree, ['a', 'c'])
    t.is(tree.snapshot(), null, 'nothing was read again')
    await lookAtAll(tree, ['b'])
    t.not(tree.snapshot(), null)
  })

  on('a file that became a directory, and a directory that became a file, are what they are now', async (t, bench) => {
    bench.write('a', 'one')
    bench.mkdir('d')
    const tree = await looked(bench, 'a', 'd')
    bench.remove('a')
    bench.mkdir('a')
    bench.remove('d')
    bench.write('d', 'two')
    await lookAtAll(tree, ['a', 'd'])
    t.deepEqual([tree.isDirectory('a'), tree.isDirectory('d'), tree.digest('d')], [true, false, digestOf('two')])
  })

  on('a change moves the times on, and where nothing is there are none', async (t, bench) => {
    bench.write('a', 'one')
    const tree = await looked(bench, 'a', 'b')
    const [changed, modified] = [tree.changedAt('a')!, tree.modifiedAt('a')!]
    t.deepEqual([tree.changedAt('b'), tree.modifiedAt('b'), tree.changedAt('unseen')], [null, null, null])
    await bench.settle()
    bench.write('a', 'two')
    t.is(tree.changedAt('a'), changed, 'as of the last look')
    t.true(tree.modifiedAt('a')! > modified, 'as it is now')
    await lookAtAll(tree, ['a'])
    t.true(tree.changedAt('a')! > changed)
  })

  on('a footprint holds while every path is as it was, absent ones included', async (t, bench) => {
    bench.write('a', 'one')
    bench.mkdir('d')
    await bench.settle()
    const footprint = (await looked(bench, 'a', 'd', 'absent', 'a/below')).footprint()!
    const holds = () => bench.open().isAsIn(footprint)
    t.true(holds())
    bench.write('other', 'never looked at')
    t.true(holds())
    bench.write('absent', '')
    t.false(holds())
    bench.remove('absent')
    t.true(holds())
    bench.write('d/new', '')
    t.false(holds())
  })

  on('a footprint falls with a file that is written again, with the same content too, or removed', async (t, bench) => {
    for (const change of [() => bench.write('a', 'one'), () => bench.write('a', 'two'), () => bench.remove('a')]) {
      bench.write('a', 'one')
      await bench.settle()
      const footprint = (await looked(bench, 'a')).footprint()!
      t.true(bench.open().isAsIn(footprint))
      change()
      t.false(bench.open().isAsIn(footprint))
    }
  })

  on('there is no footprint of a path that changed between two looks', async (t, bench) => {
    for (const [before, after] of [
      ['one', 'two'],
      ['one', null],
      [null, 'two'],
    ]) {
      const put = (content: string | null | undefined) =>
        typeof content === 'string' ? bench.write('a', content) : bench.remove('a')
      put(before)
      await bench.settle()
      const tree = await looked(bench, 'a')
      await lookAtAll(tree, ['a'])
      t.not(tree.footprint(), null)
      put(after)
      await bench.settle()
      await lookAtAll(tree, ['a'])
      t.is(tree.footprint(), null)
    }
  })

  on('a footprint that was cut, lengthened or is none holds for nothing', async (t, bench) => {
    bench.write('a', 'one')
    await bench.settle()
    const footprint = (await looked(bench, 'a', 'absent')).footprint()!
    const tree = bench.open()
    for (let length = 0; length < footprint.byteLength; length++) t.false(tree.isAsIn(footprint.subarray(0, length)))
    t.false(tree.isAsIn(Buffer.concat([footprint, Buffer.from('x')])))
    t.false(tree.isAsIn(Buffer.from('something else that is long enough')))
  })

  on('a snapshot spares no change: later trees see contents as they are', async (t, bench) => {
    bench.write('a', 'one')
    bench.write('b', 'one')
    bench.write('c', 'one')
    await bench.settle()
    const first = await looked(bench, 'a', 'b', 'c')
    const snapshot = first.snapshot()!
    t.is(first.snapshot(), null, 'nothing is new')
    bench.write('b', 'two')
    bench.remove('c')
    const later = bench.open()
    later.restore(snapshot)
    await lookAtAll(later, ['a', 'b', 'c'])
    t.deepEqual([later.digest('a'), later.digest('b'), later.digest('c')], [digestOf('one'), digestOf('two'), null])
    t.not(later.snapshot(), null)
  })

  on('a tree that was restored and learnt nothing has nothing to save', async (t, bench) => {
    bench.write('a', 'one')
    await bench.settle()
    const snapshot = (await looked(bench, 'a')).snapshot()!
    const later = bench.open()
    later.restore(snapshot)
    await lookAtAll(later, ['a'])
    t.is(later.snapshot(), null)
  })

  on('a damaged or foreign snapshot is ignored', async (t, bench) => {
    bench.write('a', 'one')
    await bench.settle()
    const snapshot = (await looked(bench, 'a')).snapshot()!
    const foreign = [Buffer.from('foreign'), Buffer.alloc(40), Buffer.alloc(40, 255)]
    for (const bytes of [...foreign, ...Array.from(snapshot, (_, length) => snapshot.subarray(0, length))]) {
      const tree = bench.open()
      t.notThrows(() => tree.restore(bytes))
      await lookAtAll(tree, ['a'])
      t.is(tree.digest('a'), digestOf('one'))
    }
  })
}
