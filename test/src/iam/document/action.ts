import fc from 'fast-check'
import t from 'tap'
import { authorize, prepare } from '../../../../src/iam/authorize.js'
import type { AuthorizationRequest, Layer, Policies } from '../../../../src/iam/decide/request.js'
import { coveredKmsActions, KMS_ACTIONS, kmsActionMask, parseActions } from '../../../../src/iam/document/action.js'
import { compilePolicy } from '../../../../src/iam/document/policy-document.js'
import { RequestContext } from '../../../../src/iam/match/request-context.js'

const ACCOUNT = '111122223333'
const KEY = { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT }
const request = (
  action: string,
  principal: AuthorizationRequest['principal'] = { kind: 'user', value: `arn:aws:iam::${ACCOUNT}:user/u` }
): AuthorizationRequest => ({ principal, action, resource: KEY, context: new RequestContext([]) })
const keyPolicy = (...statements: Array<Record<string, unknown>>): Policies => ({
  resourcePolicy: {
    policies: [
      compilePolicy('k', {
        Version: '2012-10-17',
        Statement: statements.map((members) => ({ Effect: 'Allow', Principal: '*', Resource: '*', ...members }))
      })
    ],
    complete: true
  }
})

const identity = (members: Record<string, unknown>): Layer => ({
  policies: [compilePolicy('i', { Version: '2012-10-17', Statement: { Effect: 'Allow', Resource: '*', ...members } })],
  complete: true
})

/** Whether an element by itself covers the action; undefined where the element is not understood. */
function names (element: Record<string, unknown>, action: string): boolean | undefined {
  const decision = authorize({ ...request(action), rule: 'identity-or-resource' }, keyPolicy(element))
  return decision.unsupported.length > 0 ? undefined : decision.decision === 'allowed'
}

t.test('names and wildcards of actions, of KMS and of any other service', async (t) => {
  for (const [element, action, expected] of [
    ['kms:Decrypt', 'kms:Decrypt', true],
    ['KMS:decrypt', 'kms:Decrypt', true],
    ['kms:Decrypt', 'kms:Encrypt', false],
    ['kms:De*', 'kms:Decrypt', true],
    ['kms:De*', 'kms:Encrypt', false],
    ['kms:?ncrypt', 'kms:Encrypt', true],
    ['*', 'kms:Decrypt', true],
    ['*:*', 'kms:Decrypt', true],
    ['kms:*', 'kms:Decrypt', true],
    ['s3:*', 'kms:Decrypt', false],
    [['s3:*', 'kms:Decrypt'], 'kms:Decrypt', true],
    [['kms:Encrypt', 'kms:D*'], 'kms:Decrypt', true],
    [['s3:*', 'kms:Encrypt'], 'kms:Decrypt', false],
    ['s3:GetObject', 's3:GetObject', true],
    ['s3:getobject', 'S3:GetObject', true],
    ['s3:Get*', 's3:GetObject', true],
    ['s3:Put*', 's3:GetObject', false],
    [['s3:Put*', 's3:Get*'], 's3:GetObject', true],
    ['*', 's3:GetObject', true],
    ['*:*', 's3:GetObject', true],
    ['kms:*', 's3:GetObject', false],
    ['s3:GetObject', 's3:PutObject', false],
    [[], 's3:GetObject', false]
  ] as const) {
    t.equal(names({ Action: element }, action), expected, `Action ${String(element)} on ${action}`)
    if (element.length > 0)
      t.equal(names({ NotAction: element }, action), !expected, `NotAction ${String(element)} on ${action}`)
  }
})

t.test('what is no action', async (t) => {
  for (const element of [
    '',
    'Decrypt',
    'kms',
    'kms:',
    ':Decrypt',
    'kms:De crypt',
    'kms:Decrypt ',
    'k*s:Decrypt',
    'kms:a:b',
    ' kms:Decrypt',
    '*:Decrypt',
    '**',
    'kms;Decrypt',
    5,
    null,
    {},
    ['kms:Decrypt', 5]
  ]) {
    t.equal(names({ Action: element }, 'kms:Decrypt'), undefined, JSON.stringify(element))
  }
  t.equal(names({ NotAction: [] }, 'kms:Decrypt'), undefined, 'what an empty NotAction means is not documented')
})

t.test('coveredKmsActions: any element, the actions on which an Allow with it decides', async (t) => {
  const names = fc.constantFrom('*', '*:*', 'kms:*', 's3:*', 's3:Get', 'kms:None', 'kms:*Key*', 'kms:??????', 'kms:V*')
  const element = fc.array(fc.oneof(names, fc.constantFrom(...KMS_ACTIONS)), { minLength: 1, maxLength: 4 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(element, fc.boolean(), (list, inverted) => {
        const covered = coveredKmsActions(
          parseActions(list, inverted, '', ({ what }) => {
            throw new Error(what)
          })
        )
        const alone = KMS_ACTIONS.filter((action) => {
          const one = kmsActionMask([action])
          return ((one.low & covered.low) | (one.high & covered.high)) !== 0
        })
        const policies = { identityPolicies: identity({ [inverted ? 'NotAction' : 'Action']: list }) }
        const { decide } = prepare({ ...request(''), rule: 'identity-or-resource' }, policies)
        return KMS_ACTIONS.filter((action) => decide(action).decision === 'allowed').join() === alone.join()
      }),
      { numRuns: 100 }
    )
  })
})

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html */
const ACROSS = [
  'CreateGrant',
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetKeyRotationStatus',
  'GetPublicKey',
  'ListGrants',
  'ReEncryptFrom',
  'ReEncryptTo',
  'RevokeGrant',
  'Sign',
  'Verify',
  'VerifyMac'
]
/** Of no key. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html */
const KEYLESS = [
  'ConnectCustomKeyStore',
  'CreateCustomKeyStore',
  'CreateKey',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore',
  'GenerateRandom',
  'ListAliases',
  'ListKeys',
  'ListRetirableGrants',
  'UpdateCustomKeyStore'
]
const lower = (list: readonly string[]): string[] => list.map((name) => `kms:${name.toLowerCase()}`).sort()

t.test('prepare: each KMS action under its rule', async (t) => {
  const words = (principal: AuthorizationRequest['principal'], policies: Policies, word: string): string[] => {
    const { decide } = prepare(request('', principal), policies)
    return KMS_ACTIONS.filter((action) => decide(action).decision === word).sort()
  }
  const identityPolicies = identity({ Action: 'kms:*' })
  const whole = { ...keyPolicy({ Action: 'kms:*' }), identityPolicies }
  const external = { kind: 'role', value: 'arn:aws:iam::444455556666:role/X' } as const
  t.strictSame(words(external, whole, 'allowed'), lower(ACROSS), 'what works across accounts')
  t.strictSame(words(external, keyPolicy({ Action: 'kms:*' }), 'allowed'), [], 'both sides must allow')
  const own = { kind: 'role', value: `arn:aws:iam::${ACCOUNT}:role/R` } as const
  t.strictSame(words(own, whole, 'implicitDeny'), ['kms:retiregrant'], 'who may retire a grant, the grant says')
  t.strictSame(words(own, { identityPolicies }, 'allowed'), lower(KEYLESS), 'without a word of the key policy')
  t.strictSame(
    words(own, keyPolicy({ Action: 'kms:*' }), 'implicitDeny'),
    [...lower(KEYLESS), 'kms:retiregrant'].sort(),
    'of which a key policy cannot speak'
  )
  const grants = {
    entries: [{ GranteePrincipal: own.value, Operations: ['Decrypt', 'RetireGrant', 'ListKeys', 'PutKeyPolicy'] }],
    complete: true
  }
  t.strictSame(words(own, { grants }, 'allowed'), ['kms:decrypt', 'kms:retiregrant'])
  t.strictSame(
    words(
      own,
      { ...whole, sessionPolicy: identityPolicies, serviceControlPolicies: [{ policies: [], complete: true }] },
      'allowed'
    ),
    []
  )
})
