import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { readNinja } from '../../../../machines/graph/ninja/read-ninja.ts'
import { malformedManifests } from './malformed.ts'

const read = (text: string) =>
  readNinja({ file: 'build.ninja', readFile: (path) => (path === 'build.ninja' ? text : null) })

for (const [name, text, message] of malformedManifests) {
  test(`a manifest with ${name} is refused`, (t) => {
    const result = read(text)
    t.false(result.ok)
    if (result.ok) return
    t.regex(result.error.message, message)
    t.is(result.error.file, 'build.ninja')
    t.true(result.error.line! >= 1 && result.error.column! >= 1)
  })
}

test('ninja refuses every one of these manifests, too', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-malformed-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of malformedManifests) {
    writeFileSync(join(folder, 'build.ninja'), text)
    for (const output of ['b', 'c']) writeFileSync(join(folder, output), '')
    t.not(spawnSync('ninja', ['-n'], { cwd: folder }).status, 0, name)
  }
})

test('an error tells line and column of the mistake', (t) => {
  const result = read('rule cc\n  command = x\n\nbuild a: cc b\nbuild c: cc  $%\n')
  t.deepEqual(result, {
    ok: false,
    error: { file: 'build.ninja', line: 5, column: 14, message: 'bad $-escape', mend: 'a plain $ is written $$' },
  })
})

test('an error in an included file names that file', (t) => {
  const files: Record<string, string> = { 'build.ninja': 'x = 1\ninclude sub.ninja\n', 'sub.ninja': '\nfoo\n' }
  const result = readNinja({ file: 'build.ninja', readFile: (path) => files[path] ?? null })
  t.false(result.ok)
  if (!result.ok) t.like(result.error, { file: 'sub.ninja', line: 2, column: 4 })
})

test('a manifest that includes itself ends in an error', (t) => {
  for (const word of ['include', 'subninja']) {
    const result = read(`${word} build.ninja\n${word} build.ninja\n`)
    t.false(result.ok)
    if (!result.ok) t.regex(result.error.message, /levels deep/)
  }
})

test('a variable that doubles for ever ends in an error', (t) => {
  let text = 'v0 = xxxxxxxx\n'
  for (let index = 1; index < 60; index += 1) text += `v${index} = $v${index - 1}$v${index - 1}\n`
  const result = read(text)
  t.false(result.ok)
  if (!result.ok) t.regex(result.error.message, /grows beyond/)
})

test('rule variables that refer to one another many times are expanded once each', (t) => {
  const names = ['command', 'depfile', 'description', 'dyndep', 'generator', 'msvc_deps_prefix', 'pool', 'restat']
  let text = 'rule r\n'
  names.forEach((name, index) => {
    text += `  ${name} = ${`$${names[index + 1] ?? 'nothing'} `.repeat(40).replaceAll(' ', '')}\n`
  })
  t.true(read(`${text}build a: r\n`).ok)
})

test('a missing main manifest is an error without a line', (t) => {
  const result = readNinja({ file: 'build.ninja', readFile: () => null })
  t.deepEqual(result, { ok: false, error: { file: 'build.ninja', message: "the manifest can't be read" } })
})
