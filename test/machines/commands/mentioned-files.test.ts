import test from 'ava'
import { mentionedFiles } from '../../../machines/commands/mentioned-files.ts'

const paths = (shell: string, cwd?: string) => mentionedFiles({ shell }, undefined, cwd).paths

test('words that may be files are told, and so are the values of options', (t) => {
  t.deepEqual(paths('gen --config=conf/a.ini -o out "in put" < list.txt'), [
    'gen',
    'conf/a.ini',
    'out',
    'in',
    'put',
    'list.txt',
  ])
  t.deepEqual(mentionedFiles({ argv: ['gen', '--files=a,b', '@rsp'] }, undefined).paths, ['gen', 'a', 'b', 'rsp'])
})

test('paths are told from the graph’s directory, whatever directory the command enters', (t) => {
  t.deepEqual(paths('cd sub && cat ../x /abs/y'), [
    'cd',
    'sub/cd',
    'sub',
    'sub/sub',
    'cat',
    'sub/cat',
    '../x',
    'x',
    '/abs/y',
  ])
  t.deepEqual(paths('cat x', 'work'), ['work/cat', 'work/x'])
})

test('a response file’s words count too', (t) => {
  const { paths: found } = mentionedFiles({ shell: 'ld @x.rsp' }, { path: 'x.rsp', content: 'a.o b.o' })
  t.deepEqual(found, ['ld', 'x.rsp', 'a.o', 'b.o'])
})

test('libraries and where they are looked for are told apart', (t) => {
  const { libraries, libraryDirectories } = mentionedFiles(
    { shell: 'c++ a.o -Llib -L/opt/lib -lz -lpng -o app' },
    undefined,
  )
  t.deepEqual(libraries, ['z', 'png'])
  t.deepEqual(libraryDirectories, ['lib', '/opt/lib'])
})

test('a library or its directory may be a word of its own', (t) => {
  const {
    libraries,
    libraryDirectories,
    paths: found,
  } = mentionedFiles({ shell: 'cc a.o -L lib -l z -o a' }, undefined)
  t.deepEqual([libraries, libraryDirectories], [['z'], ['lib']])
  t.deepEqual(found, ['cc', 'a.o', 'a'])
})
