import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import test from 'ava'
import { isNatsTrouble, isUnanswered, isWrongLastSequence, natsTrouble } from '../../../infra/nats/nats-error.ts'

const api = (err_code: number, code = 500) => new JetStreamApiError({ code, err_code, description: '?' })
const noResponders = new errors.RequestError('?', { cause: new errors.NoRespondersError('subject') })

test('trouble is told by class and code, whatever the message says', (t) => {
  t.regex(natsTrouble(new errors.AuthorizationError('?')), /refuses this user/)
  t.regex(natsTrouble(Object.assign(new Error('?'), { code: 'ENOTFOUND' })), /no such host/)
  t.regex(
    natsTrouble(new errors.ConnectionError('?', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })),
    /does not answer \(ECONNREFUSED\); start it/,
  )
  t.regex(natsTrouble(new errors.TimeoutError()), /does not answer; start it/)
  t.regex(natsTrouble(new errors.ClosedConnectionError()), /connection is closed/)
  t.regex(natsTrouble(noResponders), /JetStream off/)
  t.regex(natsTrouble(api(10076, 503)), /JetStream off/)
  t.regex(natsTrouble(api(10059, 404)), /lacks Millrace's streams/)
  t.regex(natsTrouble(api(10047)), /no space left/)
  t.regex(natsTrouble(api(10077, 503)), /no space left/)
  t.regex(natsTrouble(api(10028)), /max_memory_store/)
  t.is(natsTrouble(api(10999)), 'refuses: ? (JetStream error 10999); look into its own log')
})

test('what got no answer may be asked again; a refusal, or what no asking changes, may not', (t) => {
  for (const error of [new errors.TimeoutError(), noResponders, api(10008, 503)]) t.true(isUnanswered(error))
  for (const error of [api(10071, 400), api(10039, 503), new errors.ClosedConnectionError(), new TypeError('ours')])
    t.false(isUnanswered(error))
  t.true(isWrongLastSequence(api(10071, 400)))
  t.false(isWrongLastSequence(api(10059, 404)))
})

test('a mistake of ours is no trouble with NATS', (t) => {
  t.false(isNatsTrouble(new TypeError('ours')))
  t.true(isNatsTrouble(api(10059)))
  t.true(isNatsTrouble(noResponders))
})
