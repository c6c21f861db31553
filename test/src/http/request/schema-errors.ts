import t from 'tap'
import { namedSchemas } from '../../../../schemas/index.js'
import { createErrorLister, MAX_ERRORS } from '../../../../src/http/request/schema-errors.js'

const listErrors = createErrorLister(namedSchemas)
const named = new Map(namedSchemas.map((schema) => [`${Reflect.get(schema, '$id')}#`, schema]))

const MAX_WIDTH = 200

/** A value with every array and map at its limit and each leaf of a type that the schema does not have. */
function wrongValue (schema: unknown, width: number): unknown {
  const at = (name: string): unknown => Reflect.get(Object(schema), name)
  const reference = named.get(String(at('$ref')))
  if (reference !== undefined) return wrongValue(reference, width)
  const branches = at('anyOf')
  // The branch that goes deepest is the one that costs.
  if (Array.isArray(branches))
    return wrongValue(branches.find((branch) => Reflect.has(branch, 'items')) ?? branches[0], width)
  if (at('items') !== undefined) {
    return Array.from({ length: Math.min(Number(at('maxItems') ?? width), width) }, () =>
      wrongValue(at('items'), width)
    )
  }
  const maps = Object.values(Object(at('patternProperties')))
  const members = Object.entries(Object(at('properties'))).map(
    ([name, member]) => [name, wrongValue(member, width)] as const
  )
  if (maps[0] !== undefined) {
    for (let index = 0; index < width; index++) members.push([`aws:k${index}`, wrongValue(maps[0], width)])
  }
  return members.length > 0 ? Object.fromEntries(members) : 1.5
}

for (const schema of namedSchemas) {
  const id = String(Reflect.get(schema, '$id'))
  for (const width of [1, 5, 30]) {
    t.test(`${id}: every value wrong, ${width} of each, the list and the work for it are bounded`, async (t) => {
      const value = wrongValue(schema, width)
      const { errors, visits } = listErrors(schema, value)
      t.ok(errors.length > 0, 'it is not valid')
      t.ok(errors.length <= MAX_ERRORS + 1)
      t.ok(visits <= 2 * JSON.stringify(value).length, 'no value is visited again and again')
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
