import { performance } from 'node:perf_hooks'
import { namedSchemas } from '../schemas/index.js'
import { BODY_BOUNDS } from '../src/http/request/json-body.js'
import { createValidatorCompiler } from '../src/http/request/validation.js'
import { lookThrough } from '../src/json/strict-json.js'
import { expensiveBodies } from './expensive-bodies.js'
import { numbersOf, report } from './report.js'
import { validButForTheEnd, wrongValue } from './schema-bodies.js'
import { markdownTable, ms } from './statistics.js'

/** What validation, with its list of errors, may take of the event loop for any body. */
const MAX_MS = 25
const MAX_BYTES = 1_048_576

const { repeats, write } = numbersOf({ repeats: 7 })

const SCHEMAS: Record<string, string> = {
  '/policies': 'PoliciesRequest',
  '/policies/key': 'Usage',
  '/policies/iam': 'Usage',
  '/policies/trust': 'Usage',
  '/policies/bucket': 'Usage',
  '/explain': 'ExplainRequest',
  '/verify/dataset-group': 'DatasetGroupRequest',
  '/verify': 'VerifyRequest',
  '/verify/documents': 'VerifyDocumentsRequest'
}
const ids = [...new Set(Object.values(SCHEMAS))]

/** Each array and map at its limit and each leaf wrong, as wide as fits. */
const generated = ids.flatMap((id) =>
  [3, 10, 30, 100, 300].flatMap((width) => {
    const body = wrongValue({ $ref: `${id}#` }, width)
    return [{ id, what: `${width} of each, all wrong`, text: JSON.stringify(body) }]
  })
)
const bodies = [
  ...generated,
  ...validButForTheEnd().map(({ what, body }) => ({
    id: 'VerifyDocumentsRequest',
    what: `valid but for its end: ${what}`,
    text: JSON.stringify(body)
  })),
  ...expensiveBodies().flatMap(({ path, what, body }) => {
    const id = SCHEMAS[path]
    return id === undefined ? [] : [{ id, what, text: body }]
  })
]

const compile = createValidatorCompiler([...namedSchemas])
const validators = new Map(
  ids.map((id) => [id, compile({ schema: { $ref: `${id}#` }, method: 'POST', url: '/', httpPart: 'body' })])
)
for (const validate of validators.values()) void validate({})

/** The fastest of some runs: what the machine does beside them is no cost of validation. */
function measure (id: string, value: unknown): number {
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now()
    void validators.get(id)?.(value)
    return performance.now() - start
  })
  return Math.min(...times)
}

const results = bodies.flatMap(({ id, what, text }) => {
  if (Buffer.byteLength(text) > MAX_BYTES || lookThrough(text, BODY_BOUNDS) !== undefined) return []
  return [{ id, what, kilobytes: text.length / 1_024, time: measure(id, JSON.parse(text)) }]
})
results.sort((one, other) => other.time - one.time)
const faults = results
  .filter(({ time }) => time > MAX_MS)
  .map(({ id, what, time }) => `${id}, ${what}: ${ms(time)}`)

report(
  'validation-cost',
  `${results.length} bodies, the fastest of ${repeats} runs each; limit ${MAX_MS} ms. Faults: ${faults.length}.\n\n${markdownTable(
    ['schema', 'body', 'kB', 'validation'],
    results.slice(0, 10).map(({ id, what, kilobytes, time }) => [id, what, kilobytes.toFixed(0), ms(time)])
  )}`,
  faults,
  write
)
