import test, { type ExecutionContext } from 'ava'
import type { SnapshotStore } from '../../infra/snapshot-store/snapshot-store.ts'

/** Runs what every snapshot store guarantees. `open` opens the test's own store, the same one with each call. */
export function snapshotStoreConformance(
  adapter: string,
  makeOpen: (t: ExecutionContext) => () => SnapshotStore,
): void {
  const on = (title: string, run: (t: ExecutionContext, open: () => SnapshotStore) => Promise<void>) =>
    test(`${adapter}: ${title}`, (t) => run(t, makeOpen(t)))

  on('a snapshot that was never saved is not there', async (t, open) => {
    t.is(await open().load('results'), null)
  })

  on('a saved snapshot comes back byte for byte, also to a later opener', async (t, open) => {
    for (const content of [new Uint8Array(), Uint8Array.of(0, 255, 10), new Uint8Array(3_000_000).fill(7)]) {
      await open().save('results', content)
      t.is(Buffer.compare((await open().load('results'))!, content), 0)
    }
  })

  on('saving replaces the one before as a whole', async (t, open) => {
    await open().save('results', Buffer.from('a long first snapshot'))
    await open().save('results', Buffer.from('second'))
    t.is(Buffer.from((await open().load('results'))!).toString(), 'second')
  })

  on('snapshots with different names do not meet', async (t, open) => {
    await open().save('results', Buffer.from('one'))
    await open().save('results-2', Buffer.from('two'))
    t.is(Buffer.from((await open().load('results'))!).toString(), 'one')
    t.is(Buffer.from((await open().load('results-2'))!).toString(), 'two')
  })

  on('bytes changed after saving do not change the snapshot', async (t, open) => {
    const content = Buffer.from('content')
    await open().save('results', content)
    content.fill(0)
    t.is(Buffer.from((await open().load('results'))!).toString(), 'content')
  })

  on('a name that could lead elsewhere is a mistake', async (t, open) => {
    for (const name of ['', '../other', 'a/b', 'Upper', 'dot.dot', 'nul\0'])
      for (const use of [open().load(name), open().save(name, new Uint8Array())])
        await t.throwsAsync(use, { code: 'ERR_ASSERTION' })
  })
}
