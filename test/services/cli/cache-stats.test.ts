import { existsSync } from 'node:fs'
import test from 'ava'
import { MillraceRig } from '../../rig/millrace.ts'
import { cache, greeting, stats } from './cache-trees.ts'

test('a cache that is not there is empty, and asking does not make it', (t) => {
  const rig = new MillraceRig(t, greeting)
  for (const args of [[], ['stats'], ['limit'], ['gc'], ['verify'], ['purge', '--all']])
    t.is(cache(t, rig, ...args), `${rig.cacheDirectory}/millrace is empty: the first build fills it\n`)
  t.is(stats(t, rig).results, 0)
  t.false(existsSync(rig.cacheDirectory))
})

test('stats tell hits, misses by reason and what is kept', (t) => {
  const rig = new MillraceRig(t, greeting)
  rig.mustBuild(t)
  for (const path of ['app', 'main.o', 'word.h']) rig.remove(path)
  rig.mustBuild(t)
  rig.write('word.txt', 'hello there\n')
  rig.mustBuild(t)
  const { hits, misses, results, blobs } = stats(t, rig)
  t.deepEqual(
    { hits, misses, results, blobs },
    { hits: 3, misses: { 'unknown-task': 5, 'unknown-files': 1 }, results: 6, blobs: 6 },
  )
  const text = cache(t, rig)
  t.regex(text, /^looked up +9 tasks since \d{4}-.* \(.*\)$/m)
  t.regex(text, /^hits +3 +33\.3 %$/m)
  t.regex(text, /^misses +6 +66\.7 %$/m)
  t.regex(text, /^ {2}unknown-files +1 +11\.1 % {2}it is cached only with other contents of what it reads$/m)
  t.regex(text, /^results +6$/m)
  t.regex(text, /^blobs +6: [\d.]+ KiB, stored in [\d.]+ KiB, 0\.0 % of the limit$/m)
  t.regex(text, /^limits +size 10\.0 GiB, unused without limit$/m)
  t.regex(text, /^used +last .*, the least recently used .*$/m)
})

test('limits that are set stay, and one can be left out', (t) => {
  const rig = new MillraceRig(t)
  t.is(cache(t, rig, 'limit', '--size', '1.5G', '--unused', '60d'), 'size 1.5 GiB, unused 60 days\n')
  t.is(cache(t, rig, 'limit', '--size', '0'), 'size without limit, unused 60 days\n')
  t.is(cache(t, rig, 'limit', '--unused', '36h'), 'size without limit, unused 36 hours\n')
  t.is(cache(t, rig, 'limit'), 'size without limit, unused 36 hours\n')
  for (const value of ['20', '5X', '-1G', '']) {
    const { code, stderr } = rig.millrace(['cache', 'limit', `--size=${value}`])
    t.is(code, 2, value)
    t.regex(stderr, /Expected a size such as 500M or 20G/)
  }
})

test('a directory that can not be read is one line and exit code 2', (t) => {
  const rig = new MillraceRig(t, { file: '' })
  for (const args of [[], ['gc'], ['verify'], ['limit', '--size', '1G'], ['purge', '--all']]) {
    const { code, stdout, stderr } = rig.millrace(['cache', ...args, '--cache-dir', 'file/cache'])
    t.is(code, 2, args.join(' '))
    t.is(stdout, '')
    t.regex(stderr, /^millrace: .+\n$/)
  }
})

test('a subcommand that is not there is named', (t) => {
  const { code, stderr } = new MillraceRig(t).millrace(['cache', 'shrink'])
  t.is(code, 2)
  t.is(stderr, "millrace: there is no 'millrace cache shrink'; millrace cache --help tells more\n")
})
