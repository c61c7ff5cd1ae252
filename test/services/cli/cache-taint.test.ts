import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { cache, greeting, stats } from './cache-trees.ts'

interface Taint {
  readonly build: string
  readonly results: readonly { readonly task: string; readonly generation: number; readonly build: string }[]
  readonly builds: readonly { readonly build: string; readonly directory: string; readonly tasks: readonly string[] }[]
  readonly removed?: { readonly results: number }
}

/** A header from one build, the object that reads it from another, the program from a third; and another tree with all. */
function threeGenerations(t: ExecutionContext): MillraceRig {
  const rig = new MillraceRig(t, greeting)
  for (const [path, text] of Object.entries(greeting)) rig.write(`other/${path}`, text)
  for (const target of ['word.h', 'main.o', 'app']) rig.mustBuild(t, target)
  rig.mustBuild(t, '-C', 'other')
  return rig
}

function taint(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): Taint {
  return JSON.parse(cache(t, rig, 'taint', '--json', ...args)) as Taint
}

test('taint follows what was made from a result, over two generations, and who took it', (t) => {
  const rig = threeGenerations(t)
  const { build, results, builds } = taint(t, rig, '@4')
  t.deepEqual(
    results.map(({ task, generation }) => [task, generation]),
    [
      ['word.h', 0],
      ['main.o', 1],
      ['app', 2],
    ],
  )
  t.is(results[0]!.build, build)
  t.is(new Set(results.map((result) => result.build)).size, 3)
  t.deepEqual(
    builds.map(({ directory, tasks }) => [directory, tasks]),
    [[rig.path('other'), ['word.h', 'main.o', 'app']]],
  )
  t.deepEqual(
    taint(t, rig, '@2').results.map(({ task }) => task),
    ['app'],
  )
  const text = cache(t, rig, 'taint', '@4')
  t.regex(text, /^1 result of build .* is in the cache\n {2}word\.h\n2 results made from them in other builds\n/)
  t.regex(
    text,
    /\n {2}app, generation 2, build .*\n1 other build took any of them\n {2}.* in \/.*\/other: word\.h, main\.o, app\n/,
  )
})

test('taint --purge removes them all, and the log still tells who took them', (t) => {
  const rig = threeGenerations(t)
  rig.write('other/aside.ninja', 'rule copy\n  command = cp $in $out\nbuild aside: copy word.txt\n')
  rig.mustBuild(t, '-C', 'other', '-f', 'aside.ninja')
  const { removed, build } = taint(t, rig, '@5', '--purge')
  t.is(removed?.results, 3)
  t.is(stats(t, rig).results, 1)
  const after = taint(t, rig, build)
  t.deepEqual(after.results, [])
  t.deepEqual(after.builds[0]!.tasks, ['word.h'])
  for (const path of ['app', 'main.o', 'word.h']) rig.remove(`other/${path}`)
  t.deepEqual(rig.mustBuild(t, '-C', 'other'), ['word.h', 'main.o', 'app'])
})

test('what was made from a result that the cache has lost since is found by the log', (t) => {
  const rig = threeGenerations(t)
  cache(t, rig, 'purge', '--task', 'word.h')
  t.deepEqual(
    taint(t, rig, '@4').results.map(({ task, generation }) => [task, generation]),
    [
      ['main.o', 1],
      ['app', 2],
    ],
  )
})
