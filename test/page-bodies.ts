import { bucketPolicyRequests, keyPolicyRequests, policiesRequests, rolePolicyRequests, trustPolicyRequests } from '../routes/examples/usages.js'
import { explainRequests } from '../routes/examples/explanations.js'
import { documentRequests } from '../routes/examples/verification.js'
import { KEY, ROLE, USAGE } from './helper.js'

export type PageOperation = 'policies' | 'keyPolicy' | 'rolePolicy' | 'trustPolicy' | 'bucketPolicy' | 'verification' | 'explanation'

export interface PageBody {
  operation: PageOperation
  name: string
  body: object
}

const examples = (operation: PageOperation, requests: object): PageBody[] =>
  Object.entries(requests).map(([name, { value }]) => ({ operation, name, body: value }))
const refused = (operation: PageOperation, bodies: Record<string, object>): PageBody[] =>
  Object.entries(bodies).map(([name, body]) => ({ operation, name, body }))

const DENY = { Sid: 'NoKms', Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' }
const merged = (...statements: object[]): object => ({
  usages: [{ ...USAGE, existingKeyPolicy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }]
})
const documents = (change: object): object => ({
  usage: USAGE,
  keys: [{ kmsKeyArn: KEY, keyPolicy: { Version: '2012-10-17', Statement: [DENY] } }],
  roles: [{ roleArn: ROLE, identityPolicies: [] }],
  ...change
})

/** Bodies by which page and service are compared: every example of the documentation, and refusals of every kind. */
export const BODIES: readonly PageBody[] = [
  ...examples('policies', policiesRequests),
  ...examples('keyPolicy', keyPolicyRequests),
  ...examples('rolePolicy', rolePolicyRequests),
  ...examples('trustPolicy', trustPolicyRequests),
  ...examples('bucketPolicy', bucketPolicyRequests),
  ...examples('verification', documentRequests),
  ...examples('explanation', explainRequests),
  ...refused('policies', {
    'nothing but an empty object': {},
    'no usage': { usages: [] },
    'unknown member': { usages: [{ ...USAGE, x: 1 }] },
    'wrong types': { usages: [{ operations: 'datasetGroup', roleArns: [1, null], kmsKeyArns: {} }] },
    'malformed ARNs, repeated items': {
      usages: [{ ...USAGE, operations: ['nonsense'], roleArns: [ROLE, ROLE, 'nonsense', ''], kmsKeyArns: ['?'] }]
    },
    'alias and another partition': {
      usages: [{ ...USAGE, kmsKeyArns: ['arn:aws:kms:us-east-1:111122223333:alias/x', KEY.replace('aws', 'aws-cn')] }]
    },
    'data deletion': { usages: [{ ...USAGE, operations: ['dataDeletionJob'] }] },
    'too many roles': { usages: [{ ...USAGE, roleArns: Array.from({ length: 51 }, (_, index) => `${ROLE}${index}`) }] },
    'too many faults': { usages: [{ ...USAGE, roleArns: Array.from({ length: 50 }, () => 7), operations: Array(120).fill('x') }] },
    'a policy that denies': merged(DENY),
    'a policy with our Sid': merged({ ...DENY, Sid: 'AllowPersonalizeRole' }),
    'a policy that is no JSON': { usages: [{ ...USAGE, existingKeyPolicy: '{"Statement":[}' }] },
    'a policy with a member that comes twice': { usages: [{ ...USAGE, existingKeyPolicy: '{"Id":"a","Id":"b","Statement":[]}' }] },
    'a policy that locks out': {
      usages: [{ ...USAGE, delegateToIam: false, existingKeyPolicy: { Version: '2012-10-17', Statement: [] } }]
    },
    'a policy beyond the limit, in two bytes a letter': merged({ ...DENY, Effect: 'Allow', Sid: 'é'.repeat(20_000) }),
    'a policy beyond the limit of an input': { usages: [{ ...USAGE, existingKeyPolicy: `"${'é'.repeat(33_000)}"` }] },
    'output of the AWS CLI': {
      usages: [{ ...USAGE, existingKeyPolicy: JSON.stringify({ Policy: JSON.stringify({ Version: '2012-10-17', Statement: [] }) }) }]
    }
  }),
  ...refused('explanation', {
    'no text': {},
    'two texts': { message: 'Access Denied', failureReason: 'Insufficient privileges' },
    'an empty text, an unknown member': { message: '', text: 'x' },
    'a text beyond the limit': { message: 'x'.repeat(20_001) },
    'a usage with faults': { message: 'Access Denied', usage: { operations: [], roleArns: ['nonsense'] } },
    'an unknown text': { message: 'Segmentation fault' },
    'a hostile text': {
      failureReason: 'User: arn:aws:sts::111122223333:assumed-role/</script><img src=x onerror=alert(1)>/x is not authorized to perform: s3:GetObject on resource: "<script>alert(1)</script>" with an explicit deny in a service control policy'
    }
  }),
  ...refused('verification', {
    'no documents': { usage: USAGE, keys: [], roles: [] },
    'documents of other keys': documents({ keys: [{ kmsKeyArn: `${KEY}0`, keyPolicy: {} }] }),
    'no policy': documents({ keys: [{ kmsKeyArn: KEY, keyPolicy: '{"Grants":[]}' }] }),
    'grants of another form': documents({ keys: [{ kmsKeyArn: KEY, keyPolicy: {}, grants: 7 }] }),
    'hostile Sid': documents({
      keys: [{ kmsKeyArn: KEY, keyPolicy: { Statement: [{ ...DENY, Sid: '</script><img src=x onerror=alert(1)>\u2028' }] } }]
    })
  })
]
