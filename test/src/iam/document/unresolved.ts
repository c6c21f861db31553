import fc from 'fast-check'
import t from 'tap'
import { readRequest } from '../../../../conformance/read-request.js'
import { authorize } from '../../../../src/iam/authorize.js'
import { compilePolicy } from '../../../../src/iam/document/policy-document.js'
import { RequestContext } from '../../../../src/iam/match/request-context.js'
import { isObject } from '../../../../src/json/json.js'
import { keyStatement, request as requests } from '../arbitrary-policies.js'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const allow = { Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: 'kms:Decrypt', Resource: '*' }
const deny = { ...allow, Effect: 'Deny' }
const other = { Service: 'lambda.amazonaws.com' }

/** The decision on kms:Decrypt for the service principal, with these values of the key policy unknown. */
function decide (statements: readonly object[], unknownAt: readonly string[]): string {
  const policy = compilePolicy('default', { Version: '2012-10-17', Statement: statements }, unknownAt)
  const request = {
    principal: { kind: 'service', value: 'personalize.amazonaws.com' } as const,
    resource: { arn: KEY, accountId: '111122223333' },
    action: 'kms:Decrypt',
    context: new RequestContext([])
  }
  return authorize(request, { resourcePolicy: { policies: [policy], complete: true } }).decision
}

const cases: Array<[name: string, statements: object[], unknownAt: string[], expected: string]> = [
  ['an Allow with an unknown principal', [{ ...allow, Principal: other }], ['/Statement/0/Principal/Service'], 'unknown'],
  ['an Allow with an unknown action', [{ ...allow, Action: 'x' }], ['/Statement/0/Action'], 'unknown'],
  ['an Allow with an unknown resource', [{ ...allow, Resource: 'x' }], ['/Statement/0/Resource/0'], 'unknown'],
  ['an Allow with an unknown condition', [{ ...allow, Condition: { Bool: { 'aws:x': 'x' } } }], ['/Statement/0/Condition/Bool/aws:x'], 'unknown'],
  ['an Allow that may be absent', [allow], ['/Statement/0'], 'unknown'],
  ['an unknown principal of another action', [{ ...allow, Action: 'kms:Sign' }], ['/Statement/0/Principal'], 'implicitDeny'],
  ['an Allow that may be absent for another principal', [{ ...allow, Principal: other }], ['/Statement/0'], 'implicitDeny'],
  ['an unknown Allow beside one that is known', [allow, { ...allow, Action: 'x' }], ['/Statement/1/Action'], 'allowed'],
  ['an unknown Deny beside an Allow', [allow, { ...deny, NotAction: 'x' }], ['/Statement/1/NotAction'], 'unknown'],
  ['a Deny that may be absent', [allow, deny], ['/Statement/1'], 'unknown'],
  ['an unknown Deny of another principal', [allow, { ...deny, Principal: other }], ['/Statement/1/Condition'], 'allowed'],
  ['an unknown Allow beside a Deny that is known', [deny, allow], ['/Statement/1/Principal'], 'explicitDeny'],
  ['an unknown Deny where nothing allows', [deny], ['/Statement/0/Action'], 'implicitDeny'],
  ['a Sid that is not a text leaves the statement open', [allow], ['/Statement/0/Sid'], 'unknown']
]

for (const [name, statements, unknownAt, expected] of cases)
  t.test(`statements that are not known yet: ${name}`, async (t) => {
    t.equal(decide(statements, unknownAt), expected)
  })

t.test('statements that are not known yet: keep their place, and nothing in them is reported', async (t) => {
  const policy = compilePolicy('p', { Version: '2012-10-17', Statement: [{ ...allow, Action: 5 }, allow] }, ['/Statement/0/Action'])
  t.strictSame(policy.unsupported, [])
  t.strictSame(policy.unresolved.map(({ index }) => index), [0])
  t.strictSame(policy.statements.map(({ index }) => index), [1])
})

const ELEMENTS = ['Statement', 'Principal', 'Action', 'Resource', 'Condition'] as const

/** One statement of which one element is not known, and what this element may turn out to be. */
interface Opened {
  request: object
  at: number
  element: (typeof ELEMENTS)[number]
  other: Record<string, unknown>
}

/** An implicit and an explicit deny are the same result. */
const result = (decision: string): string => decision.replace(/^(?:implicit|explicit)Deny$/, 'denied')

function staysTrue ({ request, at, element, other }: Opened): boolean {
  if (!isObject(request)) return true
  const { resourcePolicy } = request
  const list = isObject(resourcePolicy) ? [resourcePolicy['Statement']].flat() : []
  const index = at % Math.max(1, list.length)
  const statement: unknown = list[index]
  if (!isObject(statement)) return true
  const { request: input, policies } = readRequest(request)
  const decideWith = (statements: readonly unknown[], unknownAt: readonly string[] = []): string => {
    const policy = compilePolicy('default', { Version: '2012-10-17', Statement: statements }, unknownAt)
    return result(authorize(input, { ...policies, resourcePolicy: { policies: [policy], complete: true } }).decision)
  }
  const isWhole = element === 'Statement'
  const open = decideWith(list, [`/Statement/${index}${isWhole ? '' : `/${element}`}`])
  const completions = [list, isWhole ? list.toSpliced(index, 1) : list.with(index, { ...statement, [element]: other[element] })]
  return open === 'unknown' || open === 'conditional' || completions.every((each) => decideWith(each) === open)
}

t.test('a value that is not known yet: what is decided is decided for every value of it', async (t) => {
  const opened = fc.record({ request: requests, at: fc.nat(), element: fc.constantFrom(...ELEMENTS), other: keyStatement })
  t.doesNotThrow(() => {
    fc.assert(fc.property(opened, staysTrue), { seed: Number(process.env['PROPERTY_SEED'] ?? 1), numRuns: 2_000 })
  })
})
