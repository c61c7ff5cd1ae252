import { rmSync, utimesSync } from 'node:fs'
import test from 'ava'
import { type CacheRow, checkRow } from './cache-row.ts'
import { CachedProject } from './cached-project.ts'

// What changes, which tasks it makes out of date, and what the cache knows of it: in the same place, once it is changed back,
// and in another place.

const base = new CachedProject({ teardown: (end) => test.after.always(end) }, 'base')

test.before('the project is built', (t) => {
  base.build(t)
})

/** Each row begins with what the building of the project left in the cache. */
function table(what: string, rows: readonly CacheRow[]): void {
  for (const row of rows) test(`${what}: ${row.title}`, (t) => checkRow(t, base, row))
}

table('a changed command is another task, and a hit once it is changed back', [
  {
    title: 'a flag that changes what is compiled',
    change: (project) => project.set({ flags: '-O0' }),
    made: {
      'obj/main.o': 'command-changed, unknown-task',
      'obj/shape.o': 'command-changed, unknown-task',
      'obj/text.o': 'command-changed, unknown-task',
      'libshape.a': 'input-changed obj/shape.o, unknown-task',
      app: 'input-changed obj/main.o, unknown-task',
    },
  },
  {
    title: 'a flag that changes nothing',
    change: (project) => project.set({ flags: '-O1 -Wall' }),
    made: {
      'obj/main.o': 'command-changed, unknown-task',
      'obj/shape.o': 'command-changed, unknown-task',
      'obj/text.o': 'command-changed, unknown-task',
    },
  },
  {
    title: 'a macro that nobody uses',
    change: (project) => project.set({ defines: '-DUNUSED=1' }),
    made: {
      'obj/main.o': 'command-changed, unknown-task',
      'obj/shape.o': 'command-changed, unknown-task',
      'obj/text.o': 'command-changed, unknown-task',
    },
  },
  {
    title: 'the order of include directories',
    change: (project) => project.set({ includes: ['far', 'near'] }),
    made: {
      'obj/main.o': 'command-changed, unknown-task',
      'obj/shape.o': 'command-changed, unknown-task',
      'obj/text.o': 'command-changed, unknown-task',
      app: 'input-changed obj/main.o, unknown-task',
    },
    prints: '     25\n',
  },
  {
    title: 'the command of a generator step',
    change: (project) => project.set({ generate: 'LC_ALL=C sh $tools/make-config.sh' }),
    made: { 'gen/config.h': 'command-changed, unknown-task' },
  },
  {
    title: 'the content of a response file',
    change: (project) => project.set({ libraries: 'libshape.a libshape.a' }),
    made: { app: 'command-changed, unknown-task' },
  },
  {
    title: 'the order of inputs',
    change: (project) => project.set({ objects: ['obj/text.o', 'obj/shape.o'] }),
    made: { 'libshape.a': 'command-changed, unknown-task', app: 'input-changed libshape.a, unknown-task' },
  },
  {
    title: 'a source that was renamed',
    change: (project) => project.renameMain('start'),
    made: { 'obj/start.o': 'no-record, unknown-task', app: 'command-changed, unknown-task' },
    back: { app: 'command-changed, cached' },
    tasks: ['gen/config.h', 'obj/start.o', 'obj/shape.o', 'obj/text.o', 'libshape.a', 'app'],
  },
])

table('a program, a script or a variable that matters makes another task, and others do not', [
  {
    title: 'a variable that compilers look at',
    change: (project) => {
      project.write('more/unrelated.h', '')
      project.rig.variables = { CPATH: project.rig.path('more') }
    },
    made: {
      'obj/main.o': 'variable-changed CPATH, unknown-task',
      'obj/shape.o': 'variable-changed CPATH, unknown-task',
      app: 'variable-changed CPATH, unknown-task',
      'libshape.a': 'variable-changed CPATH, unknown-task',
    },
    // Values stand in keys as they are, and this one names the place.
    alone: ['obj/main.o', 'obj/shape.o', 'app', 'libshape.a'],
  },
  {
    title: 'a variable that nothing looks at',
    change: (project) => {
      project.rig.variables = { COLOUR_OF_THE_SKY: 'blue' }
    },
    made: {},
  },
  {
    title: 'a wrapper around the compiler',
    change: (project) => project.append('tools/cc-wrapper', '# a comment\n'),
    made: { 'obj/text.o': 'tool-changed tools/cc-wrapper, unknown-task' },
  },
  {
    title: 'a wrapper that adds a flag',
    change: (project) => project.edit('tools/cc-wrapper', '"$@"', '"$@" -O0'),
    made: {
      'obj/text.o': 'tool-changed tools/cc-wrapper, unknown-task',
      'libshape.a': 'input-changed obj/text.o, unknown-task',
      app: 'input-changed libshape.a, unknown-task',
    },
  },
  {
    title: 'the compiler itself',
    change: (project) => project.useOwnDriver('\0'),
    made: {
      'obj/main.o': 'tool-changed bin/g++, unknown-task',
      'obj/shape.o': 'tool-changed bin/g++, unknown-task',
      'libshape.a': 'variable-changed GCC_EXEC_PREFIX, unknown-task',
      app: 'tool-changed bin/g++, unknown-task',
    },
    back: {
      'obj/main.o': 'tool-changed g++, cached',
      'obj/shape.o': 'tool-changed g++, cached',
      'libshape.a': 'variable-changed GCC_EXEC_PREFIX, cached',
      app: 'tool-changed g++, cached',
    },
  },
  {
    title: 'the script of a generator step',
    change: (project) => project.edit('tools/make-config.sh', '#define', '# define'),
    made: {
      'gen/config.h': 'tool-changed tools/make-config.sh, unknown-task',
      'obj/text.o': 'input-changed gen/config.h, unknown-files',
    },
  },
  {
    title: 'a comment in the script of a generator step',
    change: (project) => project.append('tools/make-config.sh', '# a comment\n'),
    made: { 'gen/config.h': 'tool-changed tools/make-config.sh, unknown-task' },
  },
])

table('a changed file makes what reads it, and a name that comes in between makes what would find it', [
  {
    title: 'a header that only depfiles name',
    change: (project) => project.append('include/far/shape.h', 'inline int half(int side) { return side / 2; }\n'),
    made: {
      'obj/main.o': 'input-changed include/far/shape.h, unknown-files',
      'obj/shape.o': 'input-changed include/far/shape.h, unknown-files',
    },
  },
  {
    title: 'a value in a header',
    change: (project) => project.write('include/near/pick.h', '#define PICK 5\n'),
    made: {
      'obj/main.o': 'input-changed include/near/pick.h, unknown-files',
      app: 'input-changed obj/main.o, unknown-task',
    },
    prints: '     64\n',
  },
  {
    title: 'a comment in a header',
    change: (project) => project.append('include/far/text.h', '// a comment\n'),
    made: {
      'obj/main.o': 'input-changed include/far/text.h, unknown-files',
      'obj/text.o': 'input-changed include/far/text.h, unknown-files',
    },
  },
  {
    title: 'the time of a header',
    change: (project) => utimesSync(project.rig.path('include/far/text.h'), 1e9, 1e9),
    made: {},
  },
  {
    title: 'a source',
    change: (project) => project.edit('src/shape.cpp', 'side * side', 'side * side + 1'),
    made: {
      'obj/shape.o': 'input-changed src/shape.cpp, unknown-task',
      'libshape.a': 'input-changed obj/shape.o, unknown-task',
      app: 'input-changed libshape.a, unknown-task',
    },
    prints: '     17\n',
  },
  {
    title: 'the source of a generated header',
    change: (project) => project.edit('src/config.in', '7', '3'),
    made: {
      'gen/config.h': 'input-changed src/config.in, unknown-task',
      'obj/text.o': 'input-changed gen/config.h, unknown-files',
      'libshape.a': 'input-changed obj/text.o, unknown-task',
      app: 'input-changed libshape.a, unknown-task',
    },
    prints: ' 16\n',
  },
  {
    title: 'a comment in the source of a generated header',
    change: (project) => project.append('src/config.in', '# another comment\n'),
    made: { 'gen/config.h': 'input-changed src/config.in, unknown-task' },
  },
  {
    title: 'a header that comes earlier in the include path',
    change: (project) => project.write('include/near/shape.h', '#pragma once\nint area(int side);\n#define PICK 3\n'),
    made: {
      'obj/main.o': 'header-shadowed include/far/shape.h include/near/shape.h, unknown-files',
      'obj/shape.o': 'header-shadowed include/far/shape.h include/near/shape.h, unknown-files',
    },
    back: {
      'obj/main.o': 'input-changed include/near/shape.h, cached',
      'obj/shape.o': 'input-changed include/near/shape.h, cached',
    },
  },
  {
    title: 'a header beside the source that quotes it',
    change: (project) => project.write('src/local.h', '#define LOCAL 9\n'),
    made: {
      'obj/main.o': 'header-shadowed include/far/local.h src/local.h, unknown-files',
      app: 'input-changed obj/main.o, unknown-task',
    },
    back: { 'obj/main.o': 'input-changed src/local.h, cached', app: 'input-changed obj/main.o, cached' },
    prints: '    100\n',
  },
])

table('outputs that are gone or edited are taken from the cache', [
  {
    title: 'an output that was deleted',
    change: ({ rig }) => rmSync(rig.path('build/app'), { force: true }),
    made: { app: 'output-missing app, cached' },
    back: {},
  },
  {
    title: 'an object that was edited',
    change: ({ rig }) => rig.write('build/obj/main.o', 'by hand'),
    made: { 'obj/main.o': 'output-changed obj/main.o, cached' },
    back: {},
  },
  {
    title: 'a generated header that was edited',
    change: ({ rig }) => rig.write('build/gen/config.h', 'int'),
    made: { 'gen/config.h': 'output-changed gen/config.h, cached' },
    back: {},
  },
  {
    title: 'all outputs deleted',
    change: ({ rig }) => {
      for (const path of ['obj', 'gen', 'app', 'libshape.a'])
        rmSync(rig.path(`build/${path}`), { recursive: true, force: true })
    },
    made: {
      'gen/config.h': 'output-missing gen/config.h, cached',
      'obj/main.o': 'output-missing obj/main.o, cached',
      'obj/shape.o': 'output-missing obj/shape.o, cached',
      'obj/text.o': 'output-missing obj/text.o, cached',
      'libshape.a': 'output-missing libshape.a, cached',
      app: 'output-missing app, cached',
    },
    back: {},
  },
])
