import { readFileSync } from 'node:fs'
import t from 'tap'
import { namedSchemas } from '../../../../schemas/index.js'
import { validButForTheEnd, wrongValue } from '../../../../reliability/schema-bodies.js'
import { startApp } from '../../../helper.js'
import { createErrorLister, MAX_ERRORS, MAX_VISITS } from '../../../../src/http/request/schema-errors.js'

const listErrors = createErrorLister(namedSchemas)

const MAX_WIDTH = 200

/** The schemas of request bodies, of all operations: nothing else is validated. */
function bodySchemas (): Array<(typeof namedSchemas)[number]> {
  const { paths }: { paths: Record<string, Record<string, { requestBody?: object }>> } = JSON.parse(
    readFileSync('openapi/openapi.json', 'utf8')
  )
  const bodies = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ requestBody }) =>
      [...JSON.stringify(requestBody ?? {}).matchAll(/"schema":\{"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
        ([, name]) => name
      )
    )
  )
  return namedSchemas.filter((schema) => bodies.includes(String(Reflect.get(schema, '$id'))))
}

t.ok(bodySchemas().length >= 6, 'the bodies of all operations')

for (const schema of bodySchemas()) {
  const id = String(Reflect.get(schema, '$id'))
  for (const width of [1, 5, 30]) {
    t.test(`${id}: every value wrong, ${width} of each, the list and the work for it are bounded`, async (t) => {
      const value = wrongValue(schema, width)
      const { errors, visits } = listErrors(schema, value)
      t.ok(errors.length > 0, 'it is not valid')
      t.ok(errors.length <= MAX_ERRORS + 1)
      t.ok(visits <= 3 * JSON.stringify(value).length, 'no value is visited again and again')
    })
  }
}

t.test(
  'context with maps of lists of wrong items: the walk ends with the hundredth error, in unions too',
  async (t) => {
    const keys = Object.fromEntries(
      Array.from({ length: MAX_WIDTH }, (_, key) => [`aws:k${key}`, Array.from({ length: MAX_WIDTH }, () => 1)])
    )
    const { errors, visits } = listErrors({ $ref: 'VerificationContext#' }, { role: keys, service: keys, ...keys })
    t.equal(errors.length, MAX_ERRORS + 1)
    t.ok(visits < 2_000, `${visits} values are visited, of 120,000`)
  }
)

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const USAGE = { operations: ['datasetGroup'], roleArns: ['arn:aws:iam::111122223333:role/a'], kmsKeyArns: [KEY] }
const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index))

for (const { what, body } of validButForTheEnd()) {
  t.test(`valid body of ${what} with an error at its end: the visits are bounded`, async (t) => {
    const { visits } = listErrors({ $ref: 'VerifyDocumentsRequest#' }, body)
    t.ok(visits <= MAX_VISITS + 1, `${visits} visits`)
  })
}

t.test('error behind more items than are visited: reported, with the hint that there may be more', async (t) => {
  const { agent } = await startApp(t)
  const grants = [...many(40_000, () => ({ a: 1 })), 'wrong']
  const response = await agent
    .post('/verify/documents')
    .send({ usage: USAGE, keys: [{ kmsKeyArn: KEY, keyPolicy: {}, grants }], roles: [] })
  t.equal(response.status, 400)
  t.match(response.body.detail, 'at least 1 fault')
  t.match(response.body.errors, [{ pointer: '/keys/0/grants/40000' }])
})
