import test from 'ava'
import fc from 'fast-check'
import { formatGraphError } from '../../../../machines/graph/build-graph.ts'
import { readJsonGraph } from '../../../../machines/graph/json/read-json-graph.ts'

/** Stands in a text where the error is to point, and is taken out before it is read. */
const mark = '▸'

function errorOf(text: string): string {
  const result = readJsonGraph({ file: 'g', text })
  return result.ok ? 'no error' : formatGraphError(result.error)
}

/** A graph of one task on line 2. */
const one = (properties: string) => `{"tasks":[\n{${properties}}]}`
const made = '"id":"a","command":"c","output_path":"o"'

/** Text of the graph with the mark, and the message it gets without the place. */
const malformed: readonly (readonly [string, string])[] = [
  ['▸', 'not JSON: expected a value, found the end of the file'],
  [' \n ▸', 'not JSON: expected a value, found the end of the file'],
  ['▸tasks: []', 'not JSON: expected a value, found "tasks"'],
  ['{"tasks":[▸', 'not JSON: expected a value or "]", found the end of the file'],
  ['{"tasks":[],▸}', 'not JSON: expected a property name in double quotes, found "}"'],
  ['{"tasks":[]▸]', 'not JSON: expected "," or "}", found "]"'],
  ['{"tasks":[1 ▸2]}', 'not JSON: expected "," or "]", found "2"'],
  ['{"tasks":\n[1,▸]}', 'not JSON: expected a value, found "]"'],
  ['{"tasks" ▸[]}', 'not JSON: expected ":", found "["'],
  ["{▸'tasks':[]}", 'not JSON: expected a property name in double quotes or "}", found "\'tasks\'"'],
  ['{"tasks":[]}\n▸// end', 'not JSON: expected the end, found "//"'],
  ['{"tasks":"▸\n"}', 'not JSON: a string holds an unescaped control character U+000A'],
  ['{"tasks":"▸\\x"}', 'not JSON: a string holds the unknown escape "\\\\x"'],
  ['{"tasks":▸"', 'not JSON: a string is not closed'],
  ['{"a":▸01}', 'not JSON: expected a value, found "01"'],
  ['{"a":▸tru}', 'not JSON: expected a value, found "tru"'],
  ['{"a":▸NaN}', 'not JSON: expected a value, found "NaN"'],
  ['{"a":▸-}', 'not JSON: expected a value, found "-"'],
  ['▸\u0000', 'not JSON: expected a value, found control character U+0000'],
  ['▸[]', 'the graph must be an object, found an array'],
  ['▸null', 'the graph must be an object, found null'],
  ['▸{}', 'tasks is missing'],
  ['{"tasks":▸{}}', 'tasks must be an array of tasks, found an object'],
  ['{"tasks":[],\n ▸"task":[]}', 'unknown property "task" (did you mean "tasks"?)'],
  ['{"tasks":[], "version": ▸2}', 'version must be 1'],
  ['{"tasks":[], "pools": {"p": ▸-1}}', 'pools.p must be at least 0'],
  ['{"tasks":[], "pools": {"p": ▸1.5}}', 'pools.p must be a whole number, found 1.5'],
  ['{"tasks":[], "pools": ▸[]}', 'pools must be an object of pool depths, found an array'],
  ['{"tasks":[], "pools": {"console": ▸4}}', 'the depth of pool "console" is always 1'],
  ['{"tasks":[], "pools": {"__proto__": ▸4}}', 'a pool can\'t have the name "__proto__"'],
  ['{"tasks":[▸7]}', 'task number 1: must be an object, found 7'],
  ['{"tasks":[\n▸{}]}', 'task number 1: id is missing'],
  [one('"id":▸""'), 'task number 1: id must not be empty'],
  [one('"id":▸5'), 'task number 1: id must be a string, found 5'],
  [one('"id":▸"a\\u0000"'), 'task "a\\u0000": id must not contain a NUL character'],
  [one('"id":▸"a\\ud800"'), 'task "a\\ud800": id must not contain half of a surrogate pair'],
  [one('"id":"a",▸"depends":["b"]'), 'task "a": unknown property "depends" (did you mean "depends_on"?)'],
  [one('"id":"a",▸"sourceFiles":[]'), 'task "a": unknown property "sourceFiles" (did you mean "source_files"?)'],
  [one('"id":"a",▸"zzz":1'), 'task "a": unknown property "zzz"'],
  [one('"id":"a",▸"__proto__":{}'), 'task "a": unknown property "__proto__"'],
  [one(`${made},"inputs":▸"x"`), 'task "a": inputs must be an array of paths, found a string'],
  [one(`${made},"inputs":["x",▸null]`), 'task "a": inputs[1] must be a string, found null'],
  [one(`${made},"inputs":[▸""]`), 'task "a": inputs[0] must not be empty'],
  [one(`${made},"inputs":[▸"a\\u0000"]`), 'task "a": inputs[0] must not contain a NUL character'],
  [one(`${made},"timeout_seconds":▸-1`), 'task "a": timeout_seconds must be at least 1'],
  [one(`${made},"timeout_seconds":▸0`), 'task "a": timeout_seconds must be at least 1'],
  [one(`${made},"timeout_seconds":▸1.5`), 'task "a": timeout_seconds must be a whole number, found 1.5'],
  [one(`${made},"timeout_seconds":▸2147484`), 'task "a": timeout_seconds must be at most 2147483'],
  [one(`${made},"timeout_seconds":▸"60"`), 'task "a": timeout_seconds must be a whole number, found a string'],
  [one(`${made},"retries":▸-1`), 'task "a": retries must be at least 0'],
  [one(`${made},"cacheable":▸"no"`), 'task "a": cacheable must be true or false, found a string'],
  [one(`${made},"env":{"A":▸1}`), 'task "a": env.A must be a string, found 1'],
  [one(`${made},"env":{"A=B":▸"1"}`), 'task "a": env can\'t have the name "A=B"'],
  [one(`${made},"env":{"__proto__":▸"1"}`), 'task "a": env can\'t have the name "__proto__"'],
  [one(`${made},"pool":▸"q"`), 'task "a": unknown pool "q"'],
  [one(`${made},"pool":▸"consol"`), 'task "a": unknown pool "consol" (did you mean "console"?)'],
  [one(`${made},"compile_flags":▸["-O2"]`), 'task "a": compile_flags have no use with a command'],
  [one('"id":"a","command":▸[]'), 'task "a": command must be a string or an array of at least one string'],
  [one('"id":"a","command":▸["x",1]'), 'task "a": command must be a string or an array of at least one string'],
  [one('"id":"a","command":[▸""],"outputs":["o"]'), 'task "a": the program has no name'],
  [
    one('"id":"a","command":▸"c"'),
    'task "a": a command without outputs can never be up to date (give outputs, if need be a file that the command touches at its end)',
  ],
  [
    one('"id":"a","command":"c","output_path":▸"../o"'),
    'task "a": output_path "../o" is outside the graph\'s directory (a task may only make files below the directory of the graph)',
  ],
  [
    one('"id":"a","command":"c","outputs":["ok",▸"x/../../o"]'),
    'task "a": outputs "x/../../o" is outside the graph\'s directory (a task may only make files below the directory of the graph)',
  ],
  [
    one('"id":"a","command":"c","outputs":[▸"/etc/passwd"]'),
    'task "a": outputs "/etc/passwd" is outside the graph\'s directory (a task may only make files below the directory of the graph)',
  ],
  [
    one(`${made},"depfile":▸"/etc/passwd"`),
    'task "a": depfile "/etc/passwd" is outside the graph\'s directory (a task may only make files below the directory of the graph)',
  ],
  [
    one(`${made},"inputs":["x"],"depfile":▸"./x"`),
    'task "a": "x" is removed after the command, so it can\'t be an input or output',
  ],
  ['{"tasks":[\n▸{"id":"a","source_files":["a.cpp"]}]}', 'task "a": output_path is missing'],
  [
    one('"id":"a","source_files":["a.cpp","b.cpp"],"output_path":▸"x.o"'),
    'task "a": 2 source_files can\'t be compiled to one object file, "x.o" (give each source its own task, or link by an output_path that does not end in .o)',
  ],
  [
    one('"id":"a","output_path":▸"x","dependencies":["x.h"]'),
    'task "a": nothing to make "x" from (give source_files, object files among the dependencies, depends_on, or a command)',
  ],
  [
    one('"id":"a","output_path":▸"x.a","dependencies":["x.o"]'),
    'task "a": the compiler can\'t make the archive "x.a" (make it with "command": ["ar", "rcs", "x.a", ...])',
  ],
  [
    '{"tasks":[\n▸{"id":"a"}]}',
    'task "a": nothing to do (give a command, source_files with an output_path, or depends_on)',
  ],
  [one('"id":"a","cwd":▸"d","depends_on":["a"]'), 'task "a": cwd is only for tasks with a command'],
  ['{"tasks":[\n▸{"id":"a","depends_on":["a"]}]}', 'dependency cycle: a -> a'],
  [
    one('"id":"build","command":"c","outputs":["o"],"depends_on":[▸"biuld"]'),
    'task "build": depends_on names the unknown task "biuld" (did you mean "build"?)',
  ],
  [
    '{"tasks":[\n{"id":"a","command":"c","outputs":["o"]},\n{"id":▸"a","command":"c","outputs":["p"]}]}',
    'duplicate task id "a", first given on line 2',
  ],
  [
    '{"tasks":[\n{"id":"a","command":"c","outputs":["o"]},\n▸{"id":"b","command":"c","outputs":["./o"]}]}',
    'multiple tasks make o: a and b',
  ],
  [
    '{"tasks":[\n▸{"id":"a","command":"c","outputs":["o"],"inputs":["p"]},\n{"id":"b","command":"c","outputs":["p"],"depends_on":["a"]}]}',
    'dependency cycle: a -> b -> a',
  ],
  [
    '{"tasks":[{"id":"a","command":"c","output_path":"o"}],"defaults":[▸"b"]}',
    'defaults names "b", which is neither a task nor a file of the graph',
  ],
  [
    '{"tasks":[],"default_targets":[],▸"defaults":[]}',
    'defaults means the same as default_targets (give only one of the two)',
  ],
]

for (const [text, message] of malformed) {
  test(`${JSON.stringify(text)} is refused with one line that says where and why`, (t) => {
    const before = text.slice(0, text.indexOf(mark)).split('\n')
    t.is(errorOf(text.replace(mark, '')), `g:${before.length}:${before.at(-1)!.length + 1}: ${message}`)
  })
}

test('of equal keys the error points at the one that counts', (t) => {
  t.is(errorOf('{"tasks":[],\n"tasks":[\n{"id":1,"id":2}]}'), 'g:3:14: task number 1: id must be a string, found 2')
})

test('keys with escapes are found', (t) => {
  t.is(
    errorOf('{"t\\u0061sks":[{"id":[{"}":"]"}],"\\u0069d":{}}]}'),
    'g:1:44: task number 1: id must be a string, found an object',
  )
})

const property = fc.constantFrom(
  'id',
  'tasks',
  'command',
  'outputs',
  'depends_on',
  'env',
  '__proto__',
  'pools',
  'defaults',
)

test('no JSON value makes the reader throw, and every error is one line', (t) => {
  const values = fc.oneof(fc.jsonValue(), fc.dictionary(property, fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()))))
  const task = fc.dictionary(property, fc.oneof(fc.string(), fc.array(fc.string()), fc.jsonValue()))
  const graphs = fc.oneof(values, fc.record({ tasks: fc.array(fc.oneof(task, values)) }))
  fc.assert(
    fc.property(graphs, (value) => !errorOf(JSON.stringify(value)).includes('\n')),
    { numRuns: 2000 },
  )
  t.pass()
})

test('a text cut or changed anywhere makes no throw, and what JSON.parse refuses gets a place', (t) => {
  const whole =
    '{"tasks":[{"id":"a\\n","command":["c",""],"outputs":["o"],"retries":-1.5e3,"cacheable":false}],"pools":{}}'
  const changed = fc.tuple(fc.nat(whole.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 2 }))
  fc.assert(
    fc.property(changed, ([at, drop, put]) => {
      const text = whole.slice(0, at) + put + whole.slice(at + drop)
      const message = errorOf(text)
      let isJson = true
      try {
        JSON.parse(text)
      } catch {
        isJson = false
      }
      return isJson ? !message.includes('not JSON') : /^g:\d+:\d+: not JSON: (?!JSON.parse)/.test(message)
    }),
    { numRuns: 3000 },
  )
  t.pass()
})
