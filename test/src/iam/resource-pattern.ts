import fc from 'fast-check'
import t from 'tap'
import { authorize, type Policies } from '../../../src/iam/authorize.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import { RequestContext } from '../../../src/iam/match/request-context.js'
import { matches, patternsOverlap, wildcardPattern } from '../../../src/iam/match/wildcard.js'

const BUCKET = 'arn:aws:s3:::amzn-s3-demo-bucket'
const SERVICE = 'personalize.amazonaws.com'

interface Entry {
  Effect?: 'Allow' | 'Deny'
  Resource?: string | string[]
  NotResource?: string | string[]
  Condition?: Record<string, Record<string, string>>
}

function policiesOf (entries: readonly Entry[]): Policies {
  const document = {
    Version: '2012-10-17',
    Statement: entries.map((entry) => ({
      Effect: 'Allow',
      Principal: { Service: SERVICE },
      Action: 's3:GetObject',
      ...entry
    }))
  }
  return { resourcePolicy: { policies: [compilePolicy('bucket', document)], complete: true } }
}

const requestOf = (arn: string, isPattern: boolean): Parameters<typeof authorize>[0] => ({
  principal: { kind: 'service', value: SERVICE },
  action: 's3:GetObject',
  resource: { arn, accountId: '111122223333', isPattern },
  context: new RequestContext([]),
  rule: 'identity-or-resource'
})

const decide = (arn: string, entries: readonly Entry[]): ReturnType<typeof authorize> =>
  authorize(requestOf(arn, true), policiesOf(entries))

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
const CASES: Array<[string, string, Entry[], string]> = [
  ['the whole bucket covers the prefix', 'a*', [{ Resource: `${BUCKET}/*` }], 'allowed'],
  ['the prefix itself', 'a*', [{ Resource: `${BUCKET}/a*` }], 'allowed'],
  ['everything', 'a*', [{ Resource: '*' }], 'allowed'],
  ['another prefix', 'a*', [{ Resource: `${BUCKET}/b*` }], 'implicitDeny'],
  ['another bucket', 'a*', [{ Resource: 'arn:aws:s3:::other/*' }], 'implicitDeny'],
  ['the bucket, not its objects', 'a*', [{ Resource: BUCKET }], 'implicitDeny'],
  ['the folder, not its siblings', 'a*', [{ Resource: `${BUCKET}/a/*` }], 'conditional'],
  ['one object of the folder', 'a/*', [{ Resource: `${BUCKET}/a/x.csv` }], 'conditional'],
  ['the name of the folder alone', 'a/*', [{ Resource: `${BUCKET}/a` }], 'implicitDeny'],
  ['one wildcard for the letters', 'a/*', [{ Resource: `${BUCKET}/?/*` }], 'allowed'],
  [
    'a Deny of a part',
    'a/*',
    [{ Resource: `${BUCKET}/*` }, { Effect: 'Deny', Resource: `${BUCKET}/a/secret/*` }],
    'conditional'
  ],
  ['a Deny of a part of nothing', 'a/*', [{ Effect: 'Deny', Resource: `${BUCKET}/a/secret/*` }], 'implicitDeny'],
  [
    'a Deny beside',
    'a/*',
    [{ Resource: `${BUCKET}/*` }, { Effect: 'Deny', Resource: `${BUCKET}/b/*` }],
    'allowed'
  ],
  [
    'a Deny of all but the prefix',
    'a/*',
    [{ Resource: `${BUCKET}/*` }, { Effect: 'Deny', NotResource: `${BUCKET}/a/*` }],
    'allowed'
  ],
  [
    'a Deny of all but another prefix',
    'a/*',
    [{ Resource: `${BUCKET}/*` }, { Effect: 'Deny', NotResource: `${BUCKET}/b/*` }],
    'explicitDeny'
  ],
  [
    'two statements that cover it only together',
    'a/*',
    [{ Resource: `${BUCKET}/a/x*` }, { Effect: 'Allow', NotResource: `${BUCKET}/a/x*` }],
    'allowed'
  ]
]

t.test('a pattern of resources – decided alike for every resource – that decision, else conditional', (t) => {
  for (const [name, prefix, entries, expected] of CASES)
    t.equal(decide(`${BUCKET}/${prefix}`, entries).decision, expected, name)
  const part = decide(`${BUCKET}/a*`, [{ Resource: `${BUCKET}/a/*` }])
  t.same(part.missingContextValues, ['Resource'])
  t.match(part.conditions, [{ key: 'Resource', needs: `Resource ${BUCKET}/a/*`, effect: 'Allow' }])
  t.end()
})

const segment = fc.array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 5 }).map((parts) => parts.join(''))
const name = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 5 }).map((parts) => parts.join(''))

t.test('law: what is decided for the pattern is decided for each resource of it', (t) => {
  const entry = fc.record({
    Effect: fc.constantFrom<'Allow' | 'Deny'>('Allow', 'Deny'),
    Resource: segment.map((text) => `${BUCKET}/${text}`)
  })
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), name, name, (entries, prefix, rest) => {
      const { decision } = decide(`${BUCKET}/${prefix}*`, entries)
      const single = authorize(requestOf(`${BUCKET}/${prefix}${rest}`, false), policiesOf(entries)).decision
      // Denied for every resource, of some of them explicitly, is denied.
      const isDenied = decision === 'implicitDeny' && single === 'explicitDeny'
      return decision === 'conditional' || decision === single || isDenied
    }),
    { numRuns: 500 }
  )
  t.end()
})

t.test('law: two patterns that match one text overlap', (t) => {
  fc.assert(
    fc.property(segment, segment, name, (one, other, text) => {
      const [a, b] = [wildcardPattern(one), wildcardPattern(other)]
      return !(matches(a, text) && matches(b, text)) || patternsOverlap(a, b)
    }),
    { numRuns: 1_000 }
  )
  t.notOk(patternsOverlap(wildcardPattern('a*b'), wildcardPattern('a*c')))
  t.notOk(patternsOverlap(wildcardPattern('a/?'), wildcardPattern('a/')))
  t.ok(patternsOverlap(wildcardPattern('a*'), wildcardPattern('*b')))
  t.end()
})
