import test from 'ava'
import { readDyndep } from '../../../../machines/graph/ninja/read-dyndep.ts'

test('a dyndep file names what each output needs and makes besides', (t) => {
  const text =
    '# modules\nninja_dyndep_version = 1\nbuild a.o | ./a.mod b$ c.mod: dyndep | x/../d.mod\n  restat = 1\nbuild e.o: dyndep\n'
  t.deepEqual(readDyndep(text, 'dd'), {
    ok: true,
    statements: [
      { output: 'a.o', implicitOutputs: ['a.mod', 'b c.mod'], implicitInputs: ['d.mod'], restat: true },
      { output: 'e.o', implicitOutputs: [], implicitInputs: [], restat: false },
    ],
  })
})

test('every way to write version 1 is understood', (t) => {
  for (const version of ['1', '1.0', '1.0.7', '1.0-extra']) {
    t.deepEqual(readDyndep(`ninja_dyndep_version = ${version}\r\n`, 'dd'), { ok: true, statements: [] })
  }
})

test('an empty restat is off', (t) => {
  const result = readDyndep('ninja_dyndep_version = 1\nbuild a: dyndep\n  restat =\n', 'dd')
  t.true(result.ok && !result.statements[0]!.restat)
})

const version = 'ninja_dyndep_version = 1\n'
const malformed: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ['no text', '', /found the end of the file, expected 'ninja_dyndep_version = 1'/],
  ['no version before its first statement', 'build a: dyndep\n', /expected 'ninja_dyndep_version = 1'/],
  ['another variable first', 'x = 1\n', /found 'x', expected 'ninja_dyndep_version = 1'/],
  ['a later version', 'ninja_dyndep_version = 2\n', /unsupported ninja_dyndep_version '2'/],
  ['a later minor version', 'ninja_dyndep_version = 1.1\n', /unsupported ninja_dyndep_version '1\.1'/],
  ['a variable after the version', `${version}x = 1\n`, /found 'x', expected a build statement/],
  ['a rule', `${version}rule a\n`, /found 'rule', expected a build statement/],
  ['no output', `${version}build : dyndep\n`, /found ':', expected a path/],
  ['two outputs', `${version}build a b: dyndep\n`, /explicit outputs are not supported/],
  ['another rule', `${version}build a: cc\n`, /found 'cc', expected 'dyndep'/],
  ['no rule', `${version}build a:\n`, /expected 'dyndep'/],
  ['no colon', `${version}build a\n`, /expected ':'/],
  ['an explicit input', `${version}build a: dyndep b\n`, /explicit inputs are not supported/],
  ['an order-only input', `${version}build a: dyndep || b\n`, /order-only inputs are not supported/],
  ['an output twice', `${version}build a: dyndep\nbuild ./a: dyndep\n`, /multiple statements for 'a'/],
  ['another binding', `${version}build a: dyndep\n  pool = x\n`, /unexpected variable 'pool'/],
  ['two bindings', `${version}build a: dyndep\n  restat = 1\n  restat = 1\n`, /found an indent/],
  ['a variable that can only be empty', `${version}build $x: dyndep\n`, /empty path/],
  ['no newline at its end', `${version}build a: dyndep`, /found the end of the file/],
  ['a tab', `${version}\tbuild a: dyndep\n`, /tabs are not allowed/],
]

for (const [name, text, message] of malformed) {
  test(`a dyndep file with ${name} is refused`, (t) => {
    const result = readDyndep(text, 'dd')
    t.false(result.ok)
    if (result.ok) return
    t.is(result.error.file, 'dd')
    t.regex(result.error.message, message)
    t.true(result.error.line! >= 1 && result.error.column! >= 1)
  })
}
