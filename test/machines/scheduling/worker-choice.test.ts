import test from 'ava'
import { chooseWorker, type WorkerOffer } from '../../../machines/scheduling/worker-choice.ts'

const offer = (worker: string, taken = 0, hasInputs = false, slots = 4): WorkerOffer => ({
  worker,
  slots,
  taken,
  hasInputs,
})

test('round-robin goes through the names, and begins anew', (t) => {
  const offers = [offer('c'), offer('a'), offer('b')]
  const chosen: (string | undefined)[] = []
  let previous: string | undefined
  for (let i = 0; i < 4; i++) {
    previous = chooseWorker('round-robin', offers, previous)
    chosen.push(previous)
  }
  t.deepEqual(chosen, ['a', 'b', 'c', 'a'])
  t.is(chooseWorker('round-robin', [offer('a'), offer('b')], 'c'), 'a', 'the one before is gone')
})

test('least-loaded takes the smallest part of the slots, not the fewest tasks', (t) => {
  t.is(chooseWorker('least-loaded', [offer('a', 1, false, 2), offer('b', 2, false, 8)], undefined), 'b')
  t.is(chooseWorker('least-loaded', [offer('b', 1), offer('a', 1)], undefined), 'a')
})

test('locality takes one that has the inputs, the least loaded of these, and else the least loaded', (t) => {
  const offers = [offer('a'), offer('b', 3, true), offer('c', 2, true)]
  t.is(chooseWorker('locality', offers, undefined), 'c')
  t.is(chooseWorker('locality', [offer('a', 1), offer('b')], undefined), 'b')
})

test('nobody is chosen of none', (t) => {
  for (const policy of ['locality', 'least-loaded', 'round-robin'] as const)
    t.is(chooseWorker(policy, [], 'a'), undefined)
})
