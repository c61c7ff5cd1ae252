import test from 'ava'
import { LogBudget } from '../../../infra/task-log/log-budget.ts'

test('a task may send a burst, then as much as it gets back, and never more than it may altogether', (t) => {
  const budget = new LogBudget({ taskBytesMax: 250, burstBytes: 100, bytesPerSecond: 50 })
  t.is(budget.spend('x', 80, 0), 80)
  t.is(budget.spend('x', 80, 0), 20)
  t.is(budget.spend('x', 80, 0), 0)
  t.is(budget.spend('x', 80, 1_000), 50)
  t.is(budget.spend('x', 200, 60_000), 100, 'a burst is the most at once')
  t.is(budget.spend('x', 200, 120_000), 0, 'all is spent')
  t.is(budget.spend('y', 10, 120_000), 10)
})
