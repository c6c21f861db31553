import { readFile } from 'node:fs/promises'
import t from 'tap'
import { isRecord, record, type Json } from '../../scripts/compatibility/json.js'
import { compatibilityBreaks } from '../../scripts/compatibility/operations.js'
import { byVersion, mayBreak } from '../../scripts/compatibility/versions.js'

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

/** A small API that has every construct, each schema reached by references. */
const released: Json = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1.0.0' },
  paths: {
    '/orders': {
      parameters: [{ in: 'header', name: 'X-Trace', schema: { type: 'string' } }],
      get: {
        operationId: 'listOrders',
        parameters: [{ $ref: '#/components/parameters/Page' }],
        responses: {
          200: {
            description: 'all',
            content: { 'application/json': { schema: { type: 'array', items: ref('Order') } } }
          }
        }
      },
      post: {
        operationId: 'order',
        security: [{ oauth: ['orders:write'] }],
        requestBody: {
          content: { 'application/json': { schema: ref('NewOrder') }, 'application/cbor': { schema: ref('NewOrder') } }
        },
        responses: {
          200: { $ref: '#/components/responses/Ordered' },
          204: { description: 'nothing to do' },
          400: { description: 'refused', content: { 'application/problem+json': { schema: { type: 'object' } } } }
        }
      }
    }
  },
  components: {
    securitySchemes: { oauth: { type: 'http', scheme: 'bearer' } },
    parameters: {
      Page: { in: 'query', name: 'page', schema: { type: 'integer', minimum: 1, maximum: 100, default: 1 } }
    },
    responses: {
      Ordered: {
        description: 'the order',
        headers: { ETag: { required: true, schema: { type: 'string' } } },
        content: { 'application/json': { schema: ref('Order') }, 'application/x-ndjson': { schema: ref('Order') } }
      }
    },
    schemas: {
      NewOrder: {
        type: 'object',
        required: ['goods'],
        additionalProperties: false,
        properties: {
          goods: { type: 'array', minItems: 1, maxItems: 10, items: ref('Good') },
          note: { type: ['string', 'null'], maxLength: 80 },
          speed: { enum: ['slow', 'fast'], default: 'slow' },
          labels: {
            type: 'object',
            additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
          },
          parts: { type: 'array', items: ref('NewOrder') }
        }
      },
      Good: { type: 'string', minLength: 1, maxLength: 20, pattern: '^[a-z]+$' },
      Order: {
        type: 'object',
        required: ['id', 'state', 'detail'],
        additionalProperties: false,
        properties: {
          id: { type: 'string' },
          state: { enum: ['open', 'done'] },
          total: { type: 'integer' },
          detail: {
            anyOf: [
              { type: 'object', required: ['kind'], properties: { kind: { const: 'plain' } } },
              { type: 'object', required: ['kind'], properties: { kind: { const: 'gift' } } }
            ]
          },
          parent: ref('Order')
        }
      }
    }
  }
}

/** A copy of the document with the value at a path replaced, or taken out where there is none. */
function changed (path: string, value?: unknown): Json {
  const document: Json = structuredClone(released)
  const steps = path.split(' ')
  const last = steps.pop() ?? ''
  const holder = steps.reduce<unknown>(
    (inner, step) => (Array.isArray(inner) ? inner[Number(step)] : record(inner)[step]),
    document
  )
  if (!isRecord(holder) && !Array.isArray(holder)) throw new Error(`nothing at ${path}`)
  if (value === undefined) Reflect.deleteProperty(holder, last)
  else Reflect.set(holder, last, value)
  return document
}

const POST = 'paths /orders post'
const ORDER = 'components schemas Order'
const NEW = 'components schemas NewOrder'

const breaking: Array<[name: string, document: Json, where: RegExp]> = [
  ['a path is removed', changed('paths /orders'), /^GET \/orders$/],
  ['an operation is removed', changed('paths /orders get'), /^GET \/orders$/],
  ['an operation is renamed', changed('paths /orders get operationId', 'orders'), /^GET \/orders$/],
  ['a response status is removed', changed(`${POST} responses 204`), /^POST \/orders 204$/],
  [
    'a response media type is removed',
    changed('components responses Ordered content application/x-ndjson'),
    /200 application\/x-ndjson$/
  ],
  ['a response header is removed', changed('components responses Ordered headers ETag'), /header ETag$/],
  [
    'a response header is no longer always sent',
    changed('components responses Ordered headers ETag required', false),
    /header ETag$/
  ],
  [
    'a request media type is removed',
    changed(`${POST} requestBody content application/cbor`),
    /request application\/cbor$/
  ],
  ['a body is required', changed(`${POST} requestBody required`, true), /^POST \/orders request$/],
  ['a request member is required', changed(`${NEW} required`, ['goods', 'note']), /\/note$/],
  [
    'a new request member is required',
    changed(NEW, {
      ...record(record(record(released['components'])['schemas'])['NewOrder']),
      required: ['goods', 'who']
    }),
    /\/who$/
  ],
  ['a request member is removed', changed(`${NEW} properties note`), /\/note$/],
  ['a value of a request is removed', changed(`${NEW} properties speed enum`, ['slow']), /\/speed$/],
  ['a default of a request is another', changed(`${NEW} properties speed default`, 'fast'), /\/speed$/],
  ['a request type is narrowed', changed(`${NEW} properties note type`, 'string'), /\/note$/],
  ['a request type is another', changed(`${NEW} properties goods`, { type: 'string' }), /\/goods$/],
  ['fewer items are taken', changed(`${NEW} properties goods maxItems`, 5), /\/goods$/],
  ['more items are demanded', changed(`${NEW} properties goods minItems`, 2), /\/goods$/],
  ['items must be unique', changed(`${NEW} properties goods uniqueItems`, true), /\/goods$/],
  ['a limit is new', changed('components schemas NewOrder properties parts maxItems', 3), /\/parts$/],
  ['a shared schema takes less text', changed('components schemas Good maxLength', 10), /\/goods\/items$/],
  ['a pattern is another', changed('components schemas Good pattern', '^[a-f]+$'), /\/goods\/items$/],
  [
    'an alternative of a request is removed',
    changed(`${NEW} properties labels additionalProperties`, { type: 'string' }),
    /\/labels\/\*$/
  ],
  [
    'one of two members is demanded, of which none was',
    changed(`${NEW} anyOf`, [{ required: ['note'] }, { required: ['speed'] }]),
    /\/(note|speed)$/
  ],
  ['any further member is refused', changed(`${NEW} properties labels additionalProperties`, false), /\/labels\/\*$/],
  [
    'a condition that cannot be compared is new',
    changed(`${NEW} not`, { required: ['note', 'speed'] }),
    /application\/json$/
  ],
  ['a response member is removed', changed(`${ORDER} properties total`), /\/total$/],
  ['a response member is no longer always sent', changed(`${ORDER} required`, ['id', 'detail']), /\/state$/],
  ['a response type is another', changed(`${ORDER} properties total`, { type: 'string' }), /\/total$/],
  ['a response type is wider', changed(`${ORDER} properties total type`, 'number'), /\/total$/],
  ['a response may be null', changed(`${ORDER} properties id type`, ['string', 'null']), /\/id$/],
  ['an enumeration of a response is open', changed(`${ORDER} properties state`, { type: 'string' }), /\/state$/],
  [
    'a constant of a response is another',
    changed(`${ORDER} properties detail anyOf 0 properties kind const`, 'simple'),
    /\/detail/
  ],
  [
    'a kind of answer is added that nothing distinguishes for certain',
    changed(`${ORDER} properties detail anyOf 2`, { type: 'object', properties: { kind: { const: 'parcel' } } }),
    /detail/
  ],
  [
    'a response has another alternative',
    changed(`${ORDER} properties detail anyOf 2`, { type: 'string' }),
    /\/detail$/
  ],
  [
    'a response is an object where it was a list',
    changed('paths /orders get responses 200 content application/json schema', { type: 'object' }),
    /GET \/orders 200/
  ],
  ['a parameter is removed', changed('paths /orders get parameters', []), /query page$/],
  ['a parameter of a path is removed', changed('paths /orders parameters', []), /header X-Trace$/],
  ['a parameter is required', changed('components parameters Page required', true), /query page$/],
  [
    'a new parameter is required',
    changed('paths /orders parameters 1', { in: 'header', name: 'X-Who', required: true, schema: { type: 'string' } }),
    /header X-Who$/
  ],
  ['a parameter is narrowed', changed('components parameters Page schema maximum', 50), /query page$/],
  ['a parameter is written otherwise', changed('components parameters Page explode', false), /query page$/],
  ['credentials are demanded', changed('paths /orders get security', [{ oauth: [] }]), /GET \/orders security$/],
  [
    'a further scope is demanded',
    changed(`${POST} security`, [{ oauth: ['orders:write', 'orders:admin'] }]),
    /POST \/orders security$/
  ],
  ['a further scheme is demanded', changed(`${POST} security 0 key`, []), /POST \/orders security$/],
  [
    'a scheme means something else',
    changed('components securitySchemes oauth scheme', 'basic'),
    /POST \/orders security$/
  ]
]

const compatible: Array<[name: string, document: Json]> = [
  [
    'a kind of answer is added to those that a constant distinguishes',
    changed(`${ORDER} properties detail anyOf 2`, {
      type: 'object',
      required: ['kind'],
      properties: { kind: { const: 'parcel' } }
    })
  ],
  ['nothing changed', structuredClone(released)],
  ['a path is added', changed('paths /more', { get: { operationId: 'more', responses: {} } })],
  ['an operation is added', changed('paths /orders delete', { operationId: 'clear', responses: {} })],
  [
    'a response status and media type are added',
    changed(`${POST} responses 400 content application/json`, { schema: {} })
  ],
  ['a response status is added', changed(`${POST} responses 503`, { description: 'later' })],
  [
    'a request media type is added',
    changed(`${POST} requestBody content application/xml`, { schema: ref('NewOrder') })
  ],
  ['an optional request member is added', changed(`${NEW} properties who`, { type: 'string' })],
  ['a value of a request is added', changed(`${NEW} properties speed enum`, ['slow', 'fast', 'faster'])],
  ['a request type is wider', changed(`${NEW} properties note type`, ['string', 'null', 'number'])],
  ['limits are wider', changed(`${NEW} properties goods maxItems`, 20)],
  ['a limit is gone', changed('components schemas Good maxLength')],
  ['a demand is gone', changed(`${NEW} required`, [])],
  [
    'one of two members is demanded, of which one was always',
    changed(`${NEW} anyOf`, [{ required: ['goods'] }, { required: ['note'] }])
  ],
  ['an alternative is added', changed(`${NEW} properties labels additionalProperties anyOf 2`, { type: 'number' })],
  ['a response member is added', changed(`${ORDER} properties age`, { type: 'integer' })],
  ['a value of a response is added', changed(`${ORDER} properties state enum`, ['open', 'done', 'lost'])],
  ['a value of a response is gone', changed(`${ORDER} properties state enum`, ['open'])],
  [
    'an alternative of a response is gone',
    changed(`${ORDER} properties detail anyOf 1`, {
      type: 'object',
      required: ['kind'],
      properties: { kind: { const: 'plain' } }
    })
  ],
  ['a description is another', changed(`${ORDER} description`, 'An order.')],
  [
    'an optional parameter is added',
    changed('paths /orders parameters 1', { in: 'query', name: 'q', schema: { type: 'string' } })
  ],
  ['credentials are not demanded any more', changed(`${POST} security`, [])],
  ['another way in is added', changed(`${POST} security 1`, { key: [] })],
  ['a scope is not demanded any more', changed(`${POST} security`, [{ oauth: [] }])],
  [
    'a schema is written in place, with allOf',
    changed('components schemas Good', {
      allOf: [
        { type: 'string', minLength: 1 },
        { maxLength: 20, pattern: '^[a-z]+$' }
      ]
    })
  ]
]

for (const [name, document, where] of breaking) {
  t.test(`a break: ${name}`, async (t) => {
    const breaks = compatibilityBreaks(released, document)
    t.ok(
      breaks.some((found) => where.test(found.where)),
      JSON.stringify(breaks)
    )
  })
}

for (const [name, document] of compatible) {
  t.test(`no break: ${name}`, async (t) => {
    t.same(compatibilityBreaks(released, document), [])
  })
}

t.test('a reference that leads nowhere is an error, not an empty schema', async (t) => {
  t.throws(() => compatibilityBreaks(released, changed('components schemas Good')), /points to nothing/)
})

t.test('the document of this service is compatible with itself', async (t) => {
  const document = record(JSON.parse(await readFile('openapi/openapi.json', 'utf8')))
  t.same(compatibilityBreaks(document, structuredClone(document)), [])
})

t.test('a break needs a new major version, before 1.0.0 a new minor one', async (t) => {
  const versions: Array<[string, string, boolean]> = [
    ['0.1.0', '0.1.0', false],
    ['0.1.0', '0.1.1', false],
    ['0.1.0', '0.2.0', true],
    ['0.1.0', '1.0.0', true],
    ['1.2.3', '1.2.4', false],
    ['1.2.3', '1.3.0', false],
    ['1.2.3', '2.0.0', true]
  ]
  for (const [released, current, expected] of versions)
    t.equal(mayBreak(released, current), expected, `${released} → ${current}`)
  t.throws(() => mayBreak('0.2.0', '0.1.9'), /older/)
  t.throws(() => mayBreak('0.1.0', 'next'), /not a released version/)
  t.same(['0.10.0', '1.0.0', '0.2.0', '0.2.1'].sort(byVersion), ['0.2.0', '0.2.1', '0.10.0', '1.0.0'])
})
