import test from 'ava'
import fc from 'fast-check'
import { Roots } from '../../../machines/keys/roots.ts'

const inside = new Roots('/home/u/app/build', '/home/u/app')
const beside = new Roots('/home/u/app-build', '/home/u/app')

test('paths are told by the innermost root they lie in, others by themselves', (t) => {
  const cases: readonly (readonly [Roots, string, string])[] = [
    [inside, 'out/a.o', '<build>/out/a.o'],
    [inside, '/home/u/app/build/out/a.o', '<build>/out/a.o'],
    [inside, '../src/a.c', '<source>/src/a.c'],
    [inside, '/home/u/app/src/a.c', '<source>/src/a.c'],
    [inside, '/home/u/app', '<source>'],
    [inside, '.', '<build>'],
    [inside, '../../other/x.h', '/home/u/other/x.h'],
    [inside, '/home/u/app2/x.h', '/home/u/app2/x.h'],
    [inside, '/usr/include/x.h', '/usr/include/x.h'],
    [beside, '../app/src/a.c', '<source>/src/a.c'],
    [beside, '/home/u/app-build/a.o', '<build>/a.o'],
  ]
  for (const [roots, path, key] of cases) t.is(roots.toKey(path), key, path)
})

test('a path comes back in another place in the form in which it was written', (t) => {
  const elsewhere = new Roots('/tmp/copy/build', '/tmp/copy')
  const cases: readonly (readonly [path: string, there: string])[] = [
    ['out/a.o', 'out/a.o'],
    ['/home/u/app/build/out/a.o', '/tmp/copy/build/out/a.o'],
    ['../src/a.c', '../src/a.c'],
    ['/home/u/app/src/a.c', '/tmp/copy/src/a.c'],
    ['.', '.'],
    ['/home/u/app/build', '/tmp/copy/build'],
    ['..', '..'],
    ['/usr/include/x.h', '/usr/include/x.h'],
    ['../../other/x.h', '../../../home/u/other/x.h'],
  ]
  for (const [path, there] of cases) {
    t.is(elsewhere.fromSpelling(inside.toSpelling(path)), there, path)
    t.is(inside.fromSpelling(inside.toSpelling(path)), path, path)
  }
  const path = fc
    .array(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'))
  fc.assert(
    fc.property(path, (relative) => {
      t.is(inside.toKey(inside.fromSpelling(inside.toSpelling(relative))), inside.toKey(relative))
    }),
  )
})

const mention = (roots: Roots, text: string) => roots.inCommand(text).join('')

test('in commands, mentions of roots give way to their names, also behind short options and in lists', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['cc -I/home/u/app/inc -c /home/u/app/a.c', 'cc -I<source>/inc -c <source>/a.c'],
    ['cd /home/u/app/build && make', 'cd <build> && make'],
    ['cc -isystem /home/u/app/build/gen "-I/home/u/app/x y"', 'cc -isystem <build>/gen "-I<source>/x y"'],
    ['cc -Wl,-rpath,/home/u/app/build/lib:/opt', 'cc -Wl,-rpath,<build>/lib:/opt'],
    ['cc -ffile-prefix-map=/home/u/app=.', 'cc -ffile-prefix-map=<source>=.'],
    ['tool --in=/home/u/app/a,/home/u/app/b:/home/u/app', 'tool --in=<source>/a,<source>/b:<source>'],
  ]
  for (const [text, told] of cases) t.is(mention(inside, text), told)
})

test('what only looks like a root stays: a longer name, the end of a longer path', (t) => {
  for (const text of ['cat /home/u/app2/x', 'cat /mnt/home/u/app/x', 'cat ./home/u/app', 'cat /home/u/app-build/x'])
    t.is(mention(inside, text), text)
})

test('values that a result may hold stay as they are: macro definitions, names of libraries', (t) => {
  for (const text of [
    'cc -DDIR=/home/u/app/data',
    'cc "-DDIR=\\"/home/u/app data\\""',
    'cc -Wl,-soname,/home/u/app/lib.so',
  ])
    t.is(mention(inside, text), text)
})

test('a text that holds the name of a root is told from one that mentions the root', (t) => {
  t.notDeepEqual(inside.inCommand('cat <source>/x'), inside.inCommand('cat /home/u/app/x'))
})
