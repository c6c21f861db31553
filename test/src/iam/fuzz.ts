import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { answerLine } from '../../../conformance/answer.js'
import { MAX_POLICY_BYTES, WORST_CASE_POLICIES } from '../../../reliability/worst-case-policies.js'
import { isObject } from '../../../src/json/json.js'
import { ACCOUNT, KEY } from './arbitrary-policies.js'

const RUNS = { numRuns: 3_000 }
const WORDS = new Set(['allowed', 'explicitDeny', 'implicitDeny', 'conditional', 'unknown'])
const LAYERS = [
  'resourcePolicy',
  'identityPolicies',
  'permissionBoundary',
  'sessionPolicy',
  'serviceControlPolicies',
  'resourceControlPolicies',
  'grants'
] as const
const asked = {
  principal: { kind: 'role', value: `arn:aws:iam::${ACCOUNT}:role/R` },
  action: 'kms:Decrypt',
  resource: { arn: KEY, accountId: ACCOUNT }
}

/** The document in the place of a layer, as the request's form has it there. */
function inLayer (layer: (typeof LAYERS)[number], document: unknown): Record<string, unknown> {
  if (layer === 'resourcePolicy' || layer === 'sessionPolicy') return { [layer]: document }
  if (layer === 'serviceControlPolicies' || layer === 'resourceControlPolicies')
    return { [layer]: [{ level: 'root', policies: [document] }] }
  return { [layer]: [document] }
}

function decides (request: unknown): boolean {
  const answer = answerLine(JSON.stringify(request))
  return 'decision' in answer && WORDS.has(answer.decision)
}

/** Members and values that come near to a policy. */
const NAMES = [
  'Version',
  'Statement',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
  'Sid',
  'AWS',
  'Service',
  'StringLike',
  'ForAllValues:ArnLike',
  'Null',
  'a:b',
  '__proto__',
  'constructor',
  'toString',
  'Operations',
  'Constraints',
  'GranteePrincipal'
]
const TEXTS = [
  'Allow',
  'Deny',
  '*',
  'kms:*',
  'arn:',
  'arn:aws:kms:::',
  '${',
  '${}',
  '${a:b',
  "${a:b, 'c'}",
  '2012-10-17',
  '',
  '\u0000',
  '\uD800',
  '<account-id>',
  ACCOUNT
]
const { near } = fc.letrec<{ near: unknown }>((tie) => ({
  near: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(...TEXTS),
    fc.string(),
    fc.constantFrom(null, true, false, 0, -1, 1e308),
    fc.array(tie('near'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), tie('near')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries))
  )
}))

t.test('any JSON in the place of a policy is answered', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LAYERS),
        fc.oneof(fc.jsonValue(), near),
        fc.subarray(['a:b', 'kms:ViaService']),
        (layer, document, unknown) => decides({ ...asked, unknown, ...inLayer(layer, document) })
      ),
      RUNS
    )
  })
})

t.test('any JSON in the place of a request is answered or refused', async (t) => {
  const refused = (line: string): boolean => {
    const answer = answerLine(line)
    return 'error' in answer && !answer.error.startsWith('internal')
  }
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), near).map((value) => JSON.stringify(value)),
        refused
      ),
      RUNS
    )
    fc.assert(
      fc.property(
        fc.constantFrom(
          'principal',
          'action',
          'resource',
          'context',
          'unknown',
          'rule',
          'grants',
          'identityPolicies',
          'serviceControlPolicies',
          'id'
        ),
        near,
        (member, value) => {
          const line = JSON.stringify({ ...asked, [member]: value })
          return decides(JSON.parse(line)) || refused(line)
        }
      ),
      RUNS
    )
    fc.assert(fc.property(fc.string(), refused), RUNS)
  })
})

/** Every request of the case files. */
const FOLDER = new URL('../../cases/', import.meta.url)
const requests = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => {
    const file: unknown = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
    const cases: unknown = isObject(file) ? file['cases'] : []
    return Array.isArray(cases) ? cases.map((one: unknown) => (isObject(one) ? one['request'] : undefined)) : []
  })

/** A copy in which the member that `at` leads to is another. */
function mutated (value: unknown, at: readonly number[], other: unknown): unknown {
  const [first, ...rest] = at
  if (first === undefined || typeof value !== 'object' || value === null) return other
  if (Array.isArray(value))
    return value.length === 0
      ? other
      : value.map((member, i) => (i === first % value.length ? mutated(member, rest, other) : member))
  const entries = Object.entries(value)
  return entries.length === 0
    ? other
    : Object.fromEntries(
      entries.map(([name, member], i) =>
        i === first % entries.length ? [name, mutated(member, rest, other)] : [name, member]
      )
    )
}

t.test('real policies in which something was changed are answered', async (t) => {
  const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.constantFrom(...requests), fc.constantFrom(...LAYERS), path, near, (request, layer, at, other) => {
        if (!isObject(request)) return false
        const document = layer === 'resourcePolicy' || layer === 'sessionPolicy' ? request[layer] : undefined
        return decides({
          ...request,
          ...(document === undefined ? {} : { [layer]: mutated(document, at, other) }),
          ...inLayer('identityPolicies', mutated(request['resourcePolicy'], at, other))
        })
      }),
      RUNS
    )
  })
})

for (const [name, text] of Object.entries(WORST_CASE_POLICIES)) {
  t.test(`a hostile document: ${name}`, async (t) => {
    t.ok(text.length <= MAX_POLICY_BYTES)
    for (const layer of ['resourcePolicy', 'identityPolicies'] as const) {
      const unknown = [
        'kms:ViaService',
        'aws:SourceIp',
        'aws:MultiFactorAuthAge',
        'aws:TagKeys',
        ...Array.from({ length: 3_000 }, (_, i) => `aws:PrincipalTag/${i}`)
      ]
      const line = `${JSON.stringify({ ...asked, unknown }).slice(0, -1)},"${layer}":${layer === 'resourcePolicy' ? text : `[${text.replaceAll('"Principal":"*",', '')}]`}}`
      const begin = process.cpuUsage()
      t.match(answerLine(line), { id: null, decision: /^(allowed|implicitDeny|conditional|unknown)$/ })
      const { user, system } = process.cpuUsage(begin)
      const milliseconds = (user + system) / 1_000
      // Processor time, which other processes do not change. Precise figures are the benchmark's: at most 50 ms.
      t.ok(milliseconds < 500, `${layer} took ${milliseconds.toFixed(1)} ms`)
      t.comment(`${layer}: ${milliseconds.toFixed(1)} ms`)
    }
  })
}
