import test from 'ava'
import { MemoryToolchain } from '../../../infra/toolchain/memory-toolchain.ts'

test('a program has the parts that were given, and any other has none', (t) => {
  const parts = { files: ['/lib/cc1plus'], headerDirectories: ['/include'] }
  const toolchain = new MemoryToolchain({ '/bin/c++': parts })
  t.is(toolchain.parts('/bin/c++'), parts)
  t.deepEqual(toolchain.parts('/bin/cc'), { files: [], headerDirectories: [] })
  t.is(toolchain.parts('/bin/cc'), toolchain.parts('/bin/ls'))
})
