import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'

const manifest = (directory: string) => `
rule cc
  command = g++ -fPIC -c $in -o $out
rule shared
  command = g++ -shared $in -o $out
rule link
  command = g++ $in -o $out -Wl,-rpath,${directory}
build part.o: cc part.cc
build main.o: cc main.cc
build libpart.so: shared part.o
build app: link main.o libpart.so
`
const files = {
  'part.cc': 'int part() { return 7; }\n',
  'main.cc': 'int part();\nint main() { return part() - 7; }\n',
}
const tasks = ['part.o', 'main.o', 'libpart.so', 'app']

/** The tree once more in another folder, with a manifest that names it. */
function copied(rig: MillraceRig, name: string): string {
  const directory = join(dirname(rig.directory), name)
  cpSync(rig.directory, directory, { recursive: true, filter: (path) => !/\.(o|so)$|\/app$/.test(path) })
  rig.write(`../${name}/build.ninja`, manifest(directory))
  return directory
}

test('a program that finds its libraries by the path of its folder is taken to another one, and finds that one’s', (t) => {
  const rig = new MillraceRig(t, files)
  rig.write('build.ninja', manifest(rig.directory))
  t.deepEqual([...rig.mustBuild(t)].sort(), [...tasks].sort())
  const copy = copied(rig, 'copy')
  t.deepEqual(rig.mustBuild(t, '-C', copy), [])
  rig.remove('libpart.so')
  rig.tool(join(copy, 'app'), [])
  t.true(rig.tool('readelf', ['-d', join(copy, 'app')]).includes(`[${copy}]`))
  t.deepEqual(rig.mustBuild(t, '-C', copy), [])
})

test('where the path of the other folder has no room, the program is linked there', (t) => {
  const rig = new MillraceRig(t, files)
  rig.write('build.ninja', manifest(rig.directory))
  rig.mustBuild(t)
  const copy = copied(rig, 'a-folder-with-a-longer-name')
  const { events, ran } = rig.build('-C', copy)
  t.deepEqual(ran, ['app'])
  t.like(
    events.find(({ type }) => type === 'task-queued'),
    { miss: { kind: 'unmovable' } },
  )
  rig.tool(join(copy, 'app'), [])
})
