import t from 'tap'
import { resolveUsage } from '../../../../src/personalize/usage.js'
import { checkLocations } from '../../../../src/verify/check/s3-checks.js'
import { bucketEvidence } from '../../../../src/verify/read/bucket-evidence.js'
import { parseContext } from '../../../../src/verify/read/context.js'
import { roleEvidence } from '../../../../src/verify/read/evidence.js'
import { ACCOUNT, ROLE } from '../../../helper.js'

const BUCKET = 'amzn-s3-demo-bucket'
const BUCKET_OWNER = '444455556666'
const NOT_PRESENT = { state: 'notPresent' } as const

/** What the role may do at a bucket of another organization, if its policy allows all in this organization. */
function decisions (organizationId: string): Record<string, string> {
  const usage = resolveUsage(
    {
      accountId: ACCOUNT,
      region: 'us-east-1',
      operations: ['metricAttribution'],
      roleArns: [ROLE],
      locations: [{ uri: `s3://${BUCKET}/metrics/`, accountId: BUCKET_OWNER }]
    },
    { keys: 'keyArns', pointer: '' }
  )
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' }
  const ofOrganization = { ...allow, Condition: { StringEquals: { 'aws:ResourceOrgID': organizationId } } }
  const policy = (statement: object): object => ({ Version: '2012-10-17', Statement: statement })
  const buckets = usage.locations.map((location) =>
    bucketEvidence(
      {
        bucket: BUCKET,
        region: { state: 'read', value: 'us-east-1' },
        bucketPolicy: { state: 'read', value: policy({ ...allow, Principal: { AWS: ROLE } }) },
        encryption: NOT_PRESENT,
        ownershipControls: NOT_PRESENT,
        publicAccessBlock: NOT_PRESENT
      },
      location
    )
  )
  const role = roleEvidence({
    roleArn: ROLE,
    role: { state: 'read', value: { arn: ROLE } },
    trustPolicy: NOT_PRESENT,
    identityPolicies: { read: [{ name: 'all', kind: 'inline', document: policy(ofOrganization) }], lost: [] },
    permissionsBoundary: NOT_PRESENT
  })
  const trust = role === undefined ? [] : [{ role, decision: undefined, sessionTags: false }]
  const memberships = new Map([
    [ACCOUNT, { organizationId: 'o-role' }],
    [BUCKET_OWNER, { organizationId: 'o-bucket' }]
  ])
  const checked = checkLocations(usage, buckets, trust, { context: parseContext(), now: undefined, memberships })
  return Object.fromEntries(
    checked.flatMap(({ check }) => (check.principal.type === 'role' ? [[check.action, check.effective]] : []))
  )
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceorgid
t.test("the organization of the resource: a bucket's is that of its owner, a metric's that of the role", (t) => {
  t.match(decisions('o-bucket'), { 's3:PutObject': 'allowed', 'cloudwatch:PutMetricData': 'implicitDeny' })
  t.match(decisions('o-role'), { 's3:PutObject': 'implicitDeny', 'cloudwatch:PutMetricData': 'allowed' })
  t.end()
})
