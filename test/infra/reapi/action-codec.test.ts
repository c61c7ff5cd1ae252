import test from 'ava'
import { digestOf } from '../../../events/digest.ts'
import {
  decodeAction,
  decodeActionResult,
  decodeCommand,
  encodeAction,
  encodeActionResult,
  encodeCommand,
} from '../../../infra/reapi/action-codec.ts'
import { digestMessage } from '../../../infra/reapi/message-codec.ts'
import { ReapiError } from '../../../infra/reapi/reapi-error.ts'

const digest = digestMessage(digestOf('a'))
const oneLine = /^[^\n]+; have [^\n]+$/

test('equal commands have equal bytes, in whatever order their lists come', (t) => {
  const variables = [
    { name: 'B', value: '1' },
    { name: 'A', value: '2' },
  ]
  const properties = [
    { name: 'os', value: 'linux' },
    { name: 'arch', value: 'x' },
    { name: 'arch', value: 'a' },
  ]
  const command = { arguments: ['cc', '-c'], workingDirectory: 'home/u' }
  const one = encodeCommand({
    ...command,
    environmentVariables: variables,
    outputPaths: ['b', 'a', 'b'],
    platform: { properties },
  })
  const other = encodeCommand({
    ...command,
    environmentVariables: variables.toReversed(),
    outputPaths: ['a', 'b'],
    platform: { properties: properties.toReversed() },
  })
  t.deepEqual(one, other)
  const decoded = decodeCommand(one)
  t.deepEqual(decoded.arguments, ['cc', '-c'])
  t.deepEqual(
    decoded.environmentVariables.map(({ name }) => name),
    ['A', 'B'],
  )
  t.deepEqual(decoded.outputPaths, ['a', 'b'])
  t.deepEqual(
    decoded.platform?.properties.map(({ value }) => value),
    ['a', 'x', 'linux'],
  )
})

test('what is given to be encoded is not changed', (t) => {
  const command = decodeCommand(encodeCommand({ arguments: ['a'] }))
  command.outputPaths = ['b', 'a']
  encodeCommand(command)
  t.deepEqual(command.outputPaths, ['b', 'a'])
})

test('commands that can not be run are refused', (t) => {
  const variable = (name: string, value = '') => ({ arguments: ['a'], environmentVariables: [{ name, value }] })
  const hostile = [
    { arguments: [] },
    { arguments: ['a\0'] },
    variable(''),
    variable('A=B'),
    variable('A', '\0'),
    { arguments: ['a'], environmentVariables: [{ name: 'A' }, { name: 'A' }] },
    { arguments: ['a'], workingDirectory: '/' },
    { arguments: ['a'], outputPaths: ['/etc/passwd'] },
  ]
  for (const command of hostile)
    t.throws(() => decodeCommand(encodeCommand(command)), { instanceOf: ReapiError, message: oneLine })
  t.throws(() => decodeCommand(Buffer.from('hello')), { instanceOf: ReapiError, message: oneLine })
})

test('an action names its command and its input root', (t) => {
  const bytes = encodeAction({ commandDigest: digest, inputRootDigest: digest, timeout: { seconds: 5n } })
  t.is(decodeAction(bytes).timeout?.seconds, 5n)
  // The fields are 1, 2 and 6.
  t.deepEqual([bytes[0], bytes[70], bytes[140]], [0x0a, 0x12, 0x32])
  t.throws(() => decodeAction(encodeAction({ commandDigest: digest })), { instanceOf: ReapiError, message: oneLine })
})

test('a result whose outputs have no digest is refused', (t) => {
  const result = {
    outputFiles: [{ path: 'a.o', digest, isExecutable: true }],
    outputSymlinks: [{ path: 'l', target: 'a.o' }],
    exitCode: 3,
    executionMetadata: { worker: 'w1', executionStartTimestamp: { seconds: 1n } },
  }
  const decoded = decodeActionResult(encodeActionResult(result))
  t.is(decoded.exitCode, 3)
  t.is(decoded.executionMetadata?.worker, 'w1')
  t.is(decoded.outputFiles[0]?.digest?.hash, digest.hash)
  t.throws(() => decodeActionResult(encodeActionResult({ outputFiles: [{ path: 'a' }] })), {
    instanceOf: ReapiError,
    message: oneLine,
  })
})
