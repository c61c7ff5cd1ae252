import test from 'ava'
import { MemoryFiles, MemorySourceTree } from '../../../infra/source-tree/memory-source-tree.ts'
import type { BuildGraph } from '../../../machines/graph/build-graph.ts'
import { TaskGraph } from '../../../machines/graph/task-graph.ts'
import { HeaderShadows } from '../../../services/coordinator/header-shadows.ts'

const graph: BuildGraph = {
  files: ['src/a.cc', 'a.o'],
  tasks: [
    {
      id: 'a.o',
      command: { shell: 'g++ -Ifirst -Isecond -MD -MF a.d -c src/a.cc -o a.o' },
      description: '',
      inputs: [0],
      explicitInputs: 1,
      orderOnly: [],
      validations: [],
      outputs: [1],
      explicitOutputs: 1,
      depfile: 'a.d',
      deps: 'gcc',
    },
  ],
  pools: {},
  defaults: [],
}
const read = ['second/x.h', 'second/lib/y.h', '/usr/include/z.h']

class ShadowsBench {
  readonly files = new MemoryFiles()
  readonly #shadows: HeaderShadows

  constructor() {
    for (const path of ['src/a.cc', 'first/other.h', ...read]) this.files.write(path, path)
    const tree = new MemorySourceTree(this.files)
    this.#shadows = new HeaderShadows(new TaskGraph(graph), tree, () => ['/usr/local/include', '/usr/include'])
  }

  /** What shadows each of the headers. */
  now(): Record<string, readonly string[]> {
    this.#shadows.expectChanges()
    const shadowOf = this.#shadows.of(0, read)!
    return Object.fromEntries(read.flatMap((path) => (shadowOf(path) ? [[path, shadowOf(path)!]] : [])))
  }
}

test('nothing shadows headers while nothing of their names is looked up before them', (t) => {
  const bench = new ShadowsBench()
  t.deepEqual(bench.now(), {})
  bench.files.write('third/x.h', 'never looked up')
  bench.files.write('second/y.h', 'another name')
  t.deepEqual(bench.now(), {})
})

const shadowings: readonly (readonly [place: string, by: string, header: string])[] = [
  ['earlier on the include path', 'first/x.h', 'second/x.h'],
  ['earlier on the include path, in a directory of its own', 'first/lib/y.h', 'second/lib/y.h'],
  ['on the include path before the compiler’s own', 'second/z.h', '/usr/include/z.h'],
  ['in an earlier one of the compiler’s own directories', '/usr/local/include/z.h', '/usr/include/z.h'],
  ['beside the source', 'src/x.h', 'second/x.h'],
  ['beside a header that may include it', 'second/lib/x.h', 'second/x.h'],
]
for (const [place, by, header] of shadowings)
  test(`a file ${place} shadows, until it is gone`, (t) => {
    const bench = new ShadowsBench()
    t.deepEqual(bench.now(), {})
    bench.files.write(by, 'new')
    t.deepEqual(bench.now(), { [header]: [by] })
    bench.files.remove(by)
    t.deepEqual(bench.now(), {})
  })

test('a directory of that name shadows nothing', (t) => {
  const bench = new ShadowsBench()
  bench.files.mkdir('first/x.h')
  t.deepEqual(bench.now(), {})
})

test('a task that compiles nothing has no shadows', (t) => {
  const link = { ...graph, tasks: [{ ...graph.tasks[0]!, command: { shell: 'g++ a.o -o a' } }] }
  const tree = new MemorySourceTree(new MemoryFiles())
  t.is(new HeaderShadows(new TaskGraph(link), tree, () => []).of(0, read), undefined)
})
