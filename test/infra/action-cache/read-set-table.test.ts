import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import fc from 'fast-check'
import { actionTables, prepareActionStatements } from '../../../infra/action-cache/action-tables.ts'
import { decodeNumbers, encodeNumbers, ReadSetTable } from '../../../infra/action-cache/read-set-table.ts'
import { readSetOf } from './sample-actions.ts'

test('lists of numbers come back as they were', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(300), fc.nat(), fc.nat(2 ** 51))), (numbers) => {
      t.deepEqual(decodeNumbers(encodeNumbers(numbers)), numbers)
    }),
  )
})

test('any bytes are some list of numbers', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      t.notThrows(() => decodeNumbers(bytes))
    }),
  )
})

test('after a transaction failed, the numbers it gave to paths are not used any more', (t) => {
  const db = new DatabaseSync(':memory:')
  db.exec(actionTables(0))
  const table = new ReadSetTable(prepareActionStatements(db))
  db.exec('BEGIN')
  t.throws(() =>
    table.write(() => {
      table.idOf(readSetOf('lost 1', 'lost 2'))
      throw new Error('as when the disk is full')
    }),
  )
  db.exec('ROLLBACK')
  let id = 0
  for (const readSet of [readSetOf('kept 1', 'kept 2'), readSetOf('lost 2', 'kept 1')]) {
    table.write(() => {
      id = table.idOf(readSet)
    })
    t.deepEqual(table.get(id), readSet)
    t.deepEqual(new ReadSetTable(prepareActionStatements(db)).get(id), readSet)
  }
  db.close()
})
