import { readFileSync } from 'node:fs'
import test from 'ava'
import { z } from 'zod'
import { buildRequestForm } from '../../events/build-request-form.ts'

const schemaPath = new URL('../../events/build-request.schema.json', import.meta.url)

test('the published schema of a request is the one that requests are checked against', (t) => {
  const published: unknown = JSON.parse(readFileSync(schemaPath, 'utf8'))
  t.deepEqual(
    published,
    JSON.parse(JSON.stringify(z.toJSONSchema(buildRequestForm))),
    'write z.toJSONSchema(buildRequestForm)',
  )
})

test('the examples in the published schema are requests', (t) => {
  const { examples } = JSON.parse(readFileSync(schemaPath, 'utf8')) as { examples: unknown[] }
  t.true(examples.length > 0)
  for (const example of examples) t.true(buildRequestForm.safeParse(example).success, JSON.stringify(example))
})
