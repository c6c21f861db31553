import fc from 'fast-check'
import t from 'tap'
import { type Answer, answerLine } from '../../../conformance/answer.js'
import { readRequest } from '../../../conformance/read-request.js'
import { authorize, prepare } from '../../../src/iam/authorize.js'
import { KMS_ACTIONS } from '../../../src/iam/document/action.js'
import { isObject } from '../../../src/json/json.js'
import { type Document, keyStatement, request, type Request, statement, type Statement } from './arbitrary-policies.js'

const RUNS = { seed: Number(process.env['PROPERTY_SEED'] ?? 1), numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1_000) }

function answer (input: unknown): Exclude<Answer, { error: string }> {
  const found = answerLine(JSON.stringify(input))
  if ('error' in found) throw new Error(found.error)
  return found
}

const decide = (input: Request): string => answer(input).decision
/** How much a decision lets through: what a further Allow may raise and a further Deny may lower. */
const RANK: Readonly<Record<string, number>> = {
  explicitDeny: 0,
  implicitDeny: 0,
  unknown: 1,
  conditional: 1,
  allowed: 2
}
const rank = (input: Request): number => RANK[decide(input)] ?? NaN

function law<T> (text: string, arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): void {
  t.test(text, async (t) => {
    t.doesNotThrow(() => {
      fc.assert(fc.property(arbitrary, holds), RUNS)
    })
  })
}

const mapDocuments = (input: Request, change: (document: Document) => Document): Request => ({
  ...input,
  resourcePolicy: change(input.resourcePolicy),
  identityPolicies: input.identityPolicies.map(change),
  permissionBoundary: input.permissionBoundary?.map(change) ?? null,
  serviceControlPolicies: input.serviceControlPolicies.map(({ level, policies }) => ({
    level,
    policies: policies.map(change)
  }))
})
const mapStatements = (input: Request, change: (one: Statement) => Statement): Request =>
  mapDocuments(input, (document) => ({ ...document, Statement: document.Statement.map(change) }))
const listed = (value: unknown): unknown => (Array.isArray(value) ? value : [value])

law('adding an Allow never takes away', fc.tuple(request, keyStatement), ([input, extra]) => {
  const { Version, Statement } = input.resourcePolicy
  return (
    rank({ ...input, resourcePolicy: { Version, Statement: [...Statement, { ...extra, Effect: 'Allow' }] } }) >=
    rank(input)
  )
})

law(
  'adding an Allow to an identity-based policy never takes away',
  fc.tuple(request, statement),
  ([input, extra]) =>
    rank({
      ...input,
      identityPolicies: [
        ...input.identityPolicies,
        { Version: '2012-10-17', Statement: [{ ...extra, Effect: 'Allow' }] }
      ]
    }) >= rank(input)
)

law('adding a Deny never gives', fc.tuple(request, keyStatement), ([input, extra]) => {
  const { Version, Statement } = input.resourcePolicy
  return (
    rank({ ...input, resourcePolicy: { Version, Statement: [...Statement, { ...extra, Effect: 'Deny' }] } }) <=
    rank(input)
  )
})

law(
  'the order of statements and of members changes nothing',
  request,
  (input) =>
    decide(
      mapDocuments(input, ({ Version, Statement }) => ({
        Statement: [...Statement].reverse().map((one) => Object.fromEntries(Object.entries(one).reverse())),
        Version
      }))
    ) === decide(input)
)

law(
  'the case of actions, of condition keys and of operators changes nothing',
  request,
  (input) =>
    decide({
      ...mapStatements(input, (one) => ({
        ...one,
        Action: Array.isArray(one['Action'])
          ? one['Action'].map((name) => String(name).toUpperCase())
          : String(one['Action']).toUpperCase(),
        Condition: Object.fromEntries(
          Object.entries(isObject(one['Condition']) ? one['Condition'] : {}).map(([operator, keys]) => [
            operator.toLowerCase(),
            Object.fromEntries(
              Object.entries(isObject(keys) ? keys : {}).map(([key, value]) => [key.toUpperCase(), value])
            )
          ])
        )
      })),
      action: input.action.toLowerCase()
    }) === decide(input)
)

law(
  'one value and a list of that value are the same',
  request,
  (input) =>
    decide(
      mapStatements(input, (one) => ({ ...one, Action: listed(one['Action']), Resource: listed(one['Resource']) }))
    ) === decide(input)
)

law(
  'duplicate statements change nothing',
  request,
  (input) =>
    decide(mapDocuments(input, ({ Version, Statement }) => ({ Version, Statement: [...Statement, ...Statement] }))) ===
    decide(input)
)

law('renaming accounts consistently changes nothing', request, (input) => {
  const renamed: unknown = JSON.parse(
    JSON.stringify(input).replaceAll('111122223333', '123456789012').replaceAll('444455556666', '210987654321')
  )
  return answer(renamed).decision === decide(input)
})

law(
  'every KMS action of one prepared evaluation is decided as each alone',
  fc.tuple(request, fc.uniqueArray(fc.constantFrom('kms:ViaService', 'aws:SourceIp'))),
  ([input, unknown]) => {
    const { request: question, policies } = readRequest({ ...input, unknown })
    const { decide } = prepare(question, policies)
    return KMS_ACTIONS.every(
      (action) => decide(action).decision === authorize({ ...question, action }, policies).decision
    )
  }
)

const UNKNOWN_KEYS = ['aws:PrincipalTag/a', 'kms:ViaService', 'aws:TagKeys', 'aws:SourceIp', 'kms:EncryptionContext:p']
const withUnknown = fc
  .tuple(request, fc.uniqueArray(fc.constantFrom(...UNKNOWN_KEYS), { minLength: 1, maxLength: 2 }))
  .map(([input, unknown]): Request => ({
    ...input,
    unknown,
    context: Object.fromEntries(Object.entries(input.context).filter(([key]) => !unknown.includes(key)))
  }))
/** What the policies spell, taken as it stands. */
const LITERALS = ['a*', '*b', '?', '${kms:ViaService}', "${aws:PrincipalTag/a, 'b'}"]
/** Values that tell apart whatever the policies of this universe compare. */
const listsOf = (texts: readonly string[]): string[][] =>
  Array.from({ length: 2 ** texts.length - 1 }, (_, i) => texts.filter((_, at) => ((i + 1) >> at) % 2 === 1))
const UNIVERSE: Readonly<Record<string, ReadonlyArray<string | string[] | undefined>>> = {
  'aws:PrincipalTag/a': [
    undefined,
    'a',
    'b',
    'ab',
    'A',
    'B',
    'AB',
    '111122223333',
    'ac',
    'cb',
    'c',
    'cc',
    'ccb',
    ...LITERALS
  ],
  'kms:ViaService': [
    undefined,
    'a',
    'b',
    'ab',
    'A',
    'B',
    'AB',
    '111122223333',
    'ac',
    'cb',
    'c',
    'cc',
    'ccb',
    ...LITERALS
  ],
  'aws:TagKeys': [undefined, ...listsOf(['a', 'b', 'ac', 'c', 'a*', 'A']).filter((list) => list.length <= 3)],
  'aws:SourceIp': [undefined, '203.0.113.1', '203.0.113.200', '198.51.100.1', '2001:db8::1', '2001:db9::1'],
  'kms:EncryptionContext:p': [undefined, 'a', 'b']
}

function contextsOf (input: Request): Request[] {
  return input.unknown.reduce<Request[]>(
    (worlds, key) =>
      worlds.flatMap((world) =>
        (UNIVERSE[key] ?? []).map((value) => ({
          ...world,
          context: value === undefined ? world.context : { ...world.context, [key]: value }
        }))
      ),
    [{ ...input, unknown: [] }]
  )
}

law(
  'an answer with unknown keys holds in every context that they may have, and names a context for each side',
  withUnknown,
  (input) => {
    const { request: question, policies } = readRequest({ ...input })
    const { decision, witnesses, missingContextValues } = authorize(question, policies)
    const words = new Set(contextsOf(input).map(decide))
    if (decision === 'allowed') return words.size === 1 && words.has('allowed')
    if (decision === 'explicitDeny') return words.size === 1 && words.has('explicitDeny')
    if (decision === 'implicitDeny') return !words.has('allowed')
    // Where AWS's documents are silent in one of the contexts, so is the answer.
    if (decision === 'unknown') return words.has('unknown')
    const concrete = (values: Record<string, unknown>): unknown => ({
      ...input,
      unknown: [],
      context: { ...input.context, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) }
    })
    return (
      words.has('allowed') &&
      words.size > 1 &&
      missingContextValues.length > 0 &&
      witnesses !== undefined &&
      answer(concrete(witnesses.allowed)).decision === 'allowed' &&
      answer(concrete(witnesses.denied)).decision !== 'allowed'
    )
  }
)
