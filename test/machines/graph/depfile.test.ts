import test from 'ava'
import { parseDepfile } from '../../../machines/graph/depfile.ts'

const cases: readonly (readonly [name: string, text: string, outputs: readonly string[], inputs: readonly string[]])[] =
  [
    ['one rule', 'a.o: a.c a.h\n', ['a.o'], ['a.c', 'a.h']],
    ['a rule without a newline', 'a.o: a.c', ['a.o'], ['a.c']],
    ['no text', '', [], []],
    ['blank lines only', ' \n\r\n', [], []],
    ['a rule without inputs', 'a.o:\n', ['a.o'], []],
    ['continued lines', 'a.o: \\\n a.c \\\n  a.h\\\n b.h\n', ['a.o'], ['a.c', 'a.h', 'b.h']],
    ['carriage returns', 'a.o: \\\r\n a.c \\\r\n a.h\r\n', ['a.o'], ['a.c', 'a.h']],
    ['leading blanks and tabs', '  a.o:\ta.c\t\ta.h\n', ['a.o'], ['a.c', 'a.h']],
    ['escaped blanks', 'a\\ b.o: c\\ d.h e\\ \\ f\n', ['a b.o'], ['c d.h', 'e  f']],
    ['odd runs of backslashes before a blank', 'a.o: b\\\\\\ c\n', ['a.o'], ['b\\ c']],
    ['even runs of backslashes before a blank', 'a.o: b\\\\ c\n', ['a.o'], ['b\\\\', 'c']],
    ['escaped hashes', 'a.o: b\\#c d\\\\#e\n', ['a.o'], ['b#c', 'd\\#e']],
    ['doubled dollars', 'a.o: b$$c $$\n', ['a.o'], ['b$c', '$']],
    ['escaped colons', 'a\\:b.o: c\\:d\n', ['a:b.o'], ['c:d']],
    ['a target that ends in a backslash', 'a\\: b\n', ['a\\'], ['b']],
    ['other backslashes', 'a.o: b\\c\\d \\e\n', ['a.o'], ['b\\c\\d', '\\e']],
    ['backslashes before a newline', 'a.o: b\\\\\nc.o: d\n', ['a.o', 'c.o'], ['b\\\\', 'd']],
    ['drive letters', 'c:\\x\\a.o: c:\\x\\a.c d:/y/b.h\n', ['c:\\x\\a.o'], ['c:\\x\\a.c', 'd:/y/b.h']],
    ['several targets', 'a.o b.o: c d\n', ['a.o', 'b.o'], ['c', 'd']],
    ['a blank before the colon', 'a.o : c d\n', ['a.o'], ['c', 'd']],
    ['several rules', 'a.o: b\na.o: c\nd.o: b\n', ['a.o', 'd.o'], ['b', 'c']],
    ['headers as empty targets', 'a.o: a.c a.h b.h\n\na.h:\n\nb.h:\n', ['a.o'], ['a.c', 'a.h', 'b.h']],
    ['inputs named twice', 'a.o: b c b ./c\n', ['a.o'], ['b', 'c']],
    ['paths that are not canonical', './x/../a.o: ../b//c.h /d/./e\n', ['a.o'], ['../b/c.h', '/d/e']],
    ['every plain character', 'a+b@c=d!e~f(g)h[i]j{k}l%m,n.o: é?\'"&\n', ['a+b@c=d!e~f(g)h[i]j{k}l%m,n.o'], ['é?\'"&']],
    ['characters that separate', 'a.o: b;c*d|e\n', ['a.o'], ['b', 'c', 'd', 'e']],
  ]

for (const [name, text, outputs, inputs] of cases) {
  test(`a depfile with ${name} is read`, (t) => {
    t.deepEqual(parseDepfile(text), { ok: true, outputs, inputs })
  })
}

test('a depfile without a colon is refused', (t) => {
  t.deepEqual(parseDepfile('a.o b.c\n'), { ok: false, message: "expected ':' in depfile" })
})

test('a dependency that has dependencies itself is refused', (t) => {
  t.deepEqual(parseDepfile('a.o: b.h\nb.h: c.h\n'), { ok: false, message: 'inputs may not also have inputs' })
})

test('a dependency may be a target again with dependencies that are known', (t) => {
  t.deepEqual(parseDepfile('a.o: b.h c.h\nb.h: c.h\n'), { ok: true, outputs: ['a.o'], inputs: ['b.h', 'c.h'] })
})
