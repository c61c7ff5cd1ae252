import test from 'ava'
import fc from 'fast-check'
import { digestOf } from '../../../events/digest.ts'
import {
  decodeStandingPlan,
  encodeStandingPlan,
  eventsOfStandingPlan,
  type StandingPlan,
  type StandingQuestion,
} from '../../../services/embedded/standing-plan.ts'

const question: StandingQuestion = {
  version: '1.2.3',
  readersVersion: 1,
  directory: '/work',
  file: null,
  targets: ['all'],
  failuresMax: 1,
  policy: 'fifo',
  root: null,
}
const counts = { total: 2, upToDate: 2, cached: 0, run: 0, failed: 0, skipped: 0, cancelled: 0, retried: 0 }
const plan: StandingPlan = {
  question,
  variables: [
    ['PATH', digestOf('/bin')],
    ['CPATH', null],
  ],
  request: { directory: '/work', reader: 'ninja', file: 'build.ninja', targets: [], failuresMax: 1, policy: 'fifo' },
  planned: {
    type: 'build-planned',
    graph: digestOf('graph'),
    upToDate: [0, 2],
    discovered: [],
    dyndeps: [],
    durations: [],
  },
  succeeded: { type: 'build-succeeded', counts },
}
const footprint = Buffer.from('the footprint \0\n of it')
const bytes = encodeStandingPlan(plan, footprint)
const asEver = () => true
const variableNow = (name: string) => (name === 'PATH' ? digestOf('/bin') : null)

test('a plan comes back when its footprint is confirmed, and then only', (t) => {
  const asked: string[] = []
  const confirm = (answer: boolean) => (given: Uint8Array) => {
    asked.push(Buffer.from(given).toString())
    return answer
  }
  t.deepEqual(decodeStandingPlan(bytes, question, variableNow, confirm(true)), plan)
  t.is(decodeStandingPlan(bytes, question, variableNow, confirm(false)), undefined)
  t.deepEqual(asked, [footprint.toString(), footprint.toString()])
  const shifted = Buffer.concat([Buffer.from('abc'), bytes]).subarray(3)
  t.deepEqual(decodeStandingPlan(shifted, question, variableNow, confirm(true)), plan)
})

test('a plan answers no other question, whatever is different in it, and then no file is looked at', (t) => {
  const others: StandingQuestion[] = [
    { ...question, version: '1.2.4' },
    { ...question, directory: '/work2' },
    { ...question, file: 'build.ninja' },
    { ...question, targets: [] },
    { ...question, targets: ['all', 'more'] },
    { ...question, failuresMax: 0 },
    { ...question, policy: 'critical-path' },
    { ...question, root: '/src' },
  ]
  for (const other of others)
    t.is(
      decodeStandingPlan(bytes, other, variableNow, () => t.fail('looked')!),
      undefined,
    )
})

test('a plan does not stand when a variable that it rests on has another value, is set now or is gone', (t) => {
  const { PATH, CPATH } = { PATH: digestOf('/bin'), CPATH: digestOf('inc') }
  const others: Readonly<Record<string, string>>[] = [{ PATH: digestOf('/usr/bin') }, {}, { PATH, CPATH }]
  for (const other of others)
    t.is(
      decodeStandingPlan(
        bytes,
        question,
        (name) => other[name] ?? null,
        () => t.fail('looked')!,
      ),
      undefined,
    )
})

test('bytes that were cut short hold no plan, and so do bytes of any other kind', (t) => {
  for (let length = 0; length < bytes.byteLength - footprint.byteLength; length++)
    t.is(decodeStandingPlan(bytes.subarray(0, length), question, variableNow, asEver), undefined)
  const texts = ['', 'null', '[]', '1', '{}', '{"question":null}', JSON.stringify({ question }), '{'].map(Buffer.from)
  for (const text of texts) {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(text.byteLength)
    t.is(decodeStandingPlan(Buffer.concat([length, text]), question, variableNow, asEver), undefined, text.toString())
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (foreign) => {
      t.is(decodeStandingPlan(foreign, question, variableNow, asEver), undefined)
    }),
  )
})

test('a changed byte never throws', (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(bytes)
      damaged[at % bytes.byteLength]! ^= flip
      t.notThrows(() => decodeStandingPlan(damaged, question, variableNow, asEver))
    }),
  )
})

test('the events of a standing plan are those of the build that it was', (t) => {
  t.deepEqual(eventsOfStandingPlan(plan, 7) as unknown, [
    plan.planned,
    { type: 'build-started', slots: 7 },
    plan.succeeded,
  ])
})
