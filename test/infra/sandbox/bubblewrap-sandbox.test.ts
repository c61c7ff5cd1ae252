import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { bubblewrapSandbox } from '../../../infra/sandbox/bubblewrap-sandbox.ts'
import { SandboxError } from '../../../infra/sandbox/sandbox.ts'
import { requireTool } from '../../rig/require-tool.ts'
import { processesWith } from '../../rig/survivors.ts'
import { until } from '../../rig/until.ts'
import { build, putFile, root, sandboxBench } from './sandbox-bench.ts'

requireTool('bwrap')
const sandbox = bubblewrapSandbox()

test('a command sees its inputs at their paths, and nothing else of the host', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  const { text, exitCode } = await sh(`pwd; cat ../a.txt ${build}/made.h; find /home -type f; ls /; ls /tmp /root`)
  const [places, rest] = text.split('/home/u/src/a.txt\n')
  t.is(places, `${build}\nsource\nmade\n/home/u/src/build/made.h\n`)
  const seen = rest!.split('\n')
  for (const name of ['root', 'work', 'var/lib', 'srv', 'mnt']) t.false(seen.includes(name), name)
  t.regex(rest!, /'\/root': No such file or directory/)
  t.is(exitCode, 2)
  const state = await sh(`ls ${stage} ${process.cwd()}; ls -d /home/* /home/u/*`)
  t.is(state.text.match(/No such file/g)?.length, 2)
  t.true(state.text.endsWith('/home/u\n/home/u/src\n'), state.text)
})

test('a command writes to its build directory, which is found in the stage, and to nothing else', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  t.is(
    (await sh('mkdir sub && echo hello > sub/out && echo x > /tmp/t && echo x > /var/tmp/t && cat /tmp/t')).text,
    'x\n',
  )
  t.is(readFileSync(`${stage}${build}/sub/out`, 'utf8'), 'hello\n')
  for (const path of [root, '/', '/home', '/home/u', '/usr', '/etc', '/bin', '/dev/..', '/proc/sys/kernel']) {
    const { text, exitCode } = await sh(`echo x > ${path}/new`)
    t.not(exitCode, 0, path)
    t.regex(text, /Read-only file system|Permission denied|nonexistent/, path)
  }
  t.deepEqual(readdirSync(stage + root).sort(), ['a.txt', 'build'])
})

test('inputs can not be written, and replacing one does not change its content', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  const content = join(stage, '..', 'content')
  linkSync(`${stage}${build}/made.h`, content)
  for (const line of ['echo x >> made.h', 'echo x > made.h', 'echo x >> ../a.txt', 'chmod u+w ../a.txt', 'rm ../a.txt'])
    t.not((await sh(line)).exitCode, 0, line)
  t.is(readFileSync(content, 'utf8'), 'made\n')
  t.is(statSync(content).mode & 0o777, 0o444)
  const replaced = await sh('echo new > made.tmp && mv made.tmp made.h && echo more >> made.h && cat made.h')
  t.is(replaced.text, 'new\nmore\n')
  t.is(readFileSync(content, 'utf8'), 'made\n')
})

test('a command has no capabilities, and does not get any', async (t) => {
  const { sh } = sandboxBench(t, sandbox)
  const { text } = await sh('grep -E "^(Cap|NoNewPrivs)" /proc/self/status')
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) t.regex(text, new RegExp(`${name}:\t0+\n`))
  t.regex(text, /NoNewPrivs:\t1/)
})

test('there is no network, unless the order asks for it', async (t) => {
  const server = createServer((socket) => socket.end('hello\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const { sh } = sandboxBench(t, sandbox)
  const line = `/bin/bash -c 'cat < /dev/tcp/127.0.0.1/${port}'; tail -n +3 /proc/net/dev | grep -vc lo:`
  const without = await sh(line)
  t.regex(without.text, /refused.*\n0\n$/s)
  const withIt = await sh(line, { hasNetwork: true })
  t.regex(withIt.text, /^hello\n/)
})

test('exit codes, output, arguments, variables and names of builtins come through as they are', async (t) => {
  const { run, order, sh } = sandboxBench(t, sandbox)
  t.like(await sh('echo out; echo err >&2; exit 7'), { text: 'out\nerr\n', exitCode: 7, end: 'exited' })
  t.is((await sh('kill -9 $$')).exitCode, 137)
  const words = ['a b', "it's", '$HOME', '"', '\\', '', '*', 'ä']
  const argv = ['printf', '<%s>', ...words]
  t.is((await run(order({ command: { argv } }))).text, words.map((word) => `<${word}>`).join(''))
  t.like(await run(order({ command: { argv: ['exit', '3'] } })), { exitCode: 127 })
  t.is((await run(order({ command: { argv: ['true'] } }))).exitCode, 0)
  t.is((await run(order({ command: { argv: ['./none'] } }))).exitCode, 127)
  const odd = await run(order({ command: { argv: ['env'] }, env: { 'A B': 'x y' } }))
  t.regex(odd.text, /^A B=x y$/m)
  const env = { LD_PRELOAD: `${build}/none.so`, EMPTY: '' }
  const shown = await sh('env | sort; echo "$PWD"', { env })
  t.regex(shown.text, /^EMPTY=$/m)
  t.regex(shown.text, /^PWD=\/home\/u\/src\/build$/m)
})

test('processes that leave the session are gone when the command ends', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  const mark = stage
  const line = '(setsid sleep 60 &) ; (sh -c "sleep 60 & exec sleep 60" &) ; setsid -f sh -c "sleep 60; :"; echo done'
  const { text } = await sh(line, { env: { MARK: mark } })
  t.is(text, 'done\n')
  t.deepEqual(processesWith('MARK', mark), [])
})

test('processes that leave the session are gone when the command is killed', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  const mark = stage
  const line =
    'trap "" TERM; setsid -f sh -c "trap \\"\\" TERM; while :; do sleep 1; done"; touch begun; sleep 60; sleep 60'
  const controller = new AbortController()
  const running = sh(line, { env: { MARK: mark } }, { signal: controller.signal })
  await until('the command has begun', () => readdirSync(stage + build).includes('begun'))
  t.true(processesWith('MARK', mark).length >= 2)
  controller.abort()
  t.is((await running).end, 'aborted')
  t.deepEqual(processesWith('MARK', mark), [])
})

test('a root below a directory of tools, below /tmp, or in its place', async (t) => {
  for (const path of ['/usr/src/millrace-test', '/usr/millrace-test/x', '/tmp/x/y', '/tmp', '/opt', '/lib/x', '/new']) {
    const { sh, stage } = sandboxBench(t, sandbox)
    putFile(stage, `${path}/in.txt`, 'in\n')
    mkdirSync(`${stage}${path}/out`)
    const order = { roots: [path], writable: [`${path}/out`], cwd: `${path}/out` }
    const { text } = await sh('cat ../in.txt; cp ../in.txt copy; ls ..; ls /usr | grep -c "^bin$"', order)
    t.is(text, 'in\nin.txt\nout\n1\n', path)
    t.is(readFileSync(`${stage}${path}/out/copy`, 'utf8'), 'in\n')
    t.not((await sh(`echo > ../x || echo > ${path}/../x`, order)).exitCode, path.startsWith('/tmp/') ? -1 : 0, path)
  }
})

test('a host directory of the same name as a root is not seen', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  const path = '/usr/share'
  putFile(stage, `${path}/in.txt`, 'in\n')
  const { text } = await sh('ls; ls /usr/bin | grep -c "^env$"', { roots: [path], writable: [], cwd: path })
  t.is(text, 'in.txt\n1\n')
})

test('several roots, one in another, and one that is writable as a whole', async (t) => {
  const { sh, stage } = sandboxBench(t, sandbox)
  putFile(stage, '/data/set', 'set\n')
  const roots = [build, '/data', root]
  const { text } = await sh('cat /data/set ../a.txt && echo x > /data/new && echo y > new && ln made.h l && ls', {
    roots,
    writable: ['/data', build],
  })
  t.is(text, 'set\nsource\nl\nmade.h\nnew\n')
  t.is(readFileSync(join(stage, 'data/new'), 'utf8'), 'x\n')
})

test('orders that the stage can not serve are refused in one line', (t) => {
  const { order, stage } = sandboxBench(t, sandbox)
  symlinkSync('/etc', `${stage}${root}/link`)
  const orders = [
    order({ writable: [`${root}/link`] }),
    order({ writable: [`${root}/none`] }),
    order({ writable: [`${root}/a.txt`] }),
    order({ writable: ['/etc'] }),
    order({ cwd: '/tmp' }),
    order({ roots: ['/'] }),
    order({ roots: [`${root}/../src`] }),
    order({ roots: ['home'] }),
    order({ env: { 'A=B': '' } }),
  ]
  for (const one of orders)
    t.throws(() => sandbox.wrap(one), { instanceOf: SandboxError, message: /^sandbox: [^\n]+; [^\n]+$/ })
  mkdirSync(join(stage, 'proc/x'), { recursive: true })
  t.throws(() => sandbox.wrap(order({ roots: ['/proc/x'], writable: [], cwd: '/proc/x' })), {
    instanceOf: SandboxError,
    message: /can't be staged/,
  })
  const odd = bubblewrapSandbox({ hostDirectories: ['/usr', `${root}/tools`] })
  t.throws(() => odd.wrap(order()), { instanceOf: SandboxError, message: /lies in the root/ })
})
