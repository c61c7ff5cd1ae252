import test from 'ava'
import fc from 'fast-check'
import { parseDepfile } from '../../../../machines/graph/depfile.ts'
import { canonicalize } from '../../../../machines/graph/ninja/canonical-path.ts'
import { readDyndep } from '../../../../machines/graph/ninja/read-dyndep.ts'
import { readNinja } from '../../../../machines/graph/ninja/read-ninja.ts'
import { parseShowIncludes } from '../../../../machines/graph/show-includes.ts'
import { featureManifests } from './features.ts'
import { malformedManifests } from './malformed.ts'

const pieces = [
  ...['build', 'rule', 'pool', 'default', 'include', 'subninja', 'phony', 'cc', 'command', 'depth', 'dyndep', 'restat'],
  ...[
    'a',
    'b.c',
    '$',
    '$$',
    `\${x}`,
    '$x',
    '$\n',
    '$ ',
    '$:',
    '\n',
    '\n  ',
    '\r\n',
    '\t',
    ' ',
    ':',
    '=',
    '|',
    '||',
    '|@',
  ],
  ...['#', '\\', '\\\n', '\\ ', '\\:', '\0', '.', '..', '/', 'é', 'build.ninja', 'ninja_dyndep_version = 1\n'],
]
const tokenText = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''))
const texts = [
  ...featureManifests.flatMap(([, files]) => Object.values(files)),
  ...malformedManifests.map(([, text]) => text),
]
const mutatedText = fc
  .record({ text: fc.constantFrom(...texts), at: fc.nat(400), drop: fc.nat(12), put: fc.constantFrom('', ...pieces) })
  .map(({ text, at, drop, put }) => {
    const index = at % (text.length + 1)
    return text.slice(0, index) + put + text.slice(index + drop)
  })
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), tokenText, mutatedText)

test('no text makes the manifest reader throw, and every graph is consistent', (t) => {
  fc.assert(
    fc.property(anyText, anyText, (main, other) => {
      const result = readNinja({ file: 'build.ninja', readFile: (path) => (path === 'build.ninja' ? main : other) })
      if (!result.ok) return result.error.message.length > 0
      const { files, tasks, pools, defaults } = result.graph
      const known = (numbers: readonly number[]) => numbers.every((file) => files[file] !== undefined)
      const outputs = tasks.flatMap((task) => task.outputs)
      return (
        new Set(files).size === files.length &&
        files.every((path) => path !== '' && canonicalize(path) === path) &&
        new Set(outputs).size === outputs.length &&
        known(defaults) &&
        tasks.every(
          (task) =>
            task.outputs.length > 0 &&
            task.explicitInputs <= task.inputs.length &&
            task.explicitOutputs <= task.outputs.length &&
            (task.pool === undefined || task.pool in pools) &&
            known([...task.inputs, ...task.outputs, ...task.orderOnly, ...task.validations]),
        )
      )
    }),
    { numRuns: 3000 },
  )
  t.pass()
})

test('no text makes the other readers throw', (t) => {
  fc.assert(
    fc.property(anyText, (text) => {
      readDyndep(text, 'dd')
      parseDepfile(text)
      parseShowIncludes(text, text.slice(0, 3))
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('a canonical path stays as it is, and is reached in one step', (t) => {
  const path = fc.array(fc.constantFrom('a', '..', '.', '/', 'b c', '.x', '..y', '\\'), { maxLength: 12 })
  fc.assert(
    fc.property(path, (parts) => {
      const once = canonicalize(parts.join(''))
      return canonicalize(once) === once && !/\/\/|\/\.\/|[^/]\/$/.test(once)
    }),
  )
  t.pass()
})
