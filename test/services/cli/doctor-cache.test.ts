import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { fourFiles } from './cache-trees.ts'

interface Check {
  readonly name: string
  readonly status: string
  readonly what: string
  readonly mend?: string
}

function cacheCheck(t: ExecutionContext, rig: MillraceRig, ...args: readonly string[]): Check {
  const { stdout, stderr } = rig.millrace(['doctor', '--json', ...args])
  const checks = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Check)
  const found = checks.find(({ name }) => name === 'cache')
  t.truthy(found, stdout + stderr)
  return found!
}

test('the doctor tells size, limit and kind of copies of the cache, and leaves nothing there', (t) => {
  const rig = new MillraceRig(t, fourFiles)
  t.regex(cacheCheck(t, rig).what, /\/cache\/millrace: made by the first build, .* free$/)
  t.false(existsSync(rig.cacheDirectory))
  rig.mustBuild(t)
  const directory = `${rig.cacheDirectory}/millrace`
  const before = readdirSync(directory).filter((name) => !name.includes('.sqlite-'))
  const { status, what } = cacheCheck(t, rig)
  t.is(status, 'ok')
  t.regex(what, /: 156\.3 KiB of at most 10\.0 GiB, copies (?:share blocks|take room of their own) \(.*\), .* free$/)
  t.deepEqual(
    readdirSync(directory).filter((name) => !name.includes('.sqlite-')),
    before,
  )
})

test('a cache that is damaged or can not be made is a warning: builds go on without it', (t) => {
  const rig = new MillraceRig(t, { ...fourFiles, file: '' })
  const none = cacheCheck(t, rig, '--cache-dir', 'file/cache')
  t.is(none.status, 'warn')
  t.regex(none.mend!, /^give this user write permission to .*\/file, or name another with --cache-dir/)
  rig.mustBuild(t)
  for (const end of ['', '-wal', '-shm'])
    writeFileSync(`${rig.cacheDirectory}/millrace/blobs.sqlite${end}`, end === '' ? 'no database '.repeat(1000) : '')
  const damaged = cacheCheck(t, rig)
  t.is(damaged.status, 'warn')
  t.regex(damaged.what, /^blob store: .* was damaged and is begun anew/)
})
