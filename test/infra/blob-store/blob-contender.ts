import { digestOf } from '../../../events/digest.ts'
import { openDiskBlobStore } from '../../../infra/blob-store/disk-blob-store.ts'
import { contendedBlobs } from './sample-blobs.ts'

/*
 * A process of many that use a store at once: `blob-contender.ts <directory> <rounds>`. Keeps, reads, removes and collects,
 * and reports what was wrong.
 */
const [directory, rounds] = process.argv.slice(2)
const troubles: string[] = []
const store = openDiskBlobStore({ directory: directory!, onTrouble: (line) => troubles.push(line) })
process.send!('started')
process.once('message', async () => {
  const contents = contendedBlobs()
  for (let round = 0; round < Number(rounds); round++) {
    for (const [i, content] of contents.entries()) {
      const digest = digestOf(content)
      if (!(await store.put(digest, content))) troubles.push(`${digest} was not kept`)
      const got = await store.get(digest)
      if (got !== null && Buffer.compare(got, content) !== 0) troubles.push(`${digest} is another content`)
      if ((i + process.pid + round) % 7 === 0) await store.remove([digest])
    }
    await store.collect(Date.now() + 30 * 24 * 60 * 60 * 1000)
  }
  await store.close()
  process.send!(troubles, () => process.disconnect())
})
