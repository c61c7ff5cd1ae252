import test from 'ava'
import { canonicalize } from '../../../../machines/graph/ninja/canonical-path.ts'

const cases: readonly (readonly [path: string, canonical: string])[] = [
  ['', ''],
  ['foo.h', 'foo.h'],
  ['.', '.'],
  ['..', '..'],
  ['./foo.h', 'foo.h'],
  ['./foo/../bar.h', 'bar.h'],
  ['a/./b', 'a/b'],
  ['a//b///c', 'a/b/c'],
  ['a/b/', 'a/b'],
  ['a/b/.', 'a/b'],
  ['a/b/..', 'a'],
  ['a/..', '.'],
  ['a/../..', '..'],
  ['../../a', '../../a'],
  ['../', '..'],
  ['./..', '..'],
  ['../a/../../b', '../../b'],
  ['a/../../b', '../b'],
  ['/', '/'],
  ['//a', '/a'],
  ['/a/..', '/'],
  ['/..', '/..'],
  ['/../a/../b', '/../b'],
  ['/a/b/../../../c', '/../c'],
  ['.hidden', '.hidden'],
  ['a/.hidden/b', 'a/.hidden/b'],
  ['a/..b/c..', 'a/..b/c..'],
  ['.../a', '.../a'],
  ['a\\..\\b', 'a\\..\\b'],
  ['a b/./c', 'a b/c'],
]

for (const [path, canonical] of cases) {
  test(`the canonical form of '${path}' is '${canonical}'`, (t) => {
    t.is(canonicalize(path), canonical)
  })
}
