import { MemoryFiles, MemorySourceTree } from '../../../infra/source-tree/memory-source-tree.ts'
import { sourceTreeConformance } from '../../conformance/source-tree.ts'

sourceTreeConformance('memory', () => {
  const files = new MemoryFiles()
  return {
    open: () => new MemorySourceTree(files),
    write: (path, content) => files.write(path, content),
    mkdir: (path) => files.mkdir(path),
    remove: (path) => files.remove(path),
    settle: async () => {},
  }
})
