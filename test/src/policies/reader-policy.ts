import t from 'tap'
import { authorize } from '../../../src/iam/authorize.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
import { RequestContext } from '../../../src/iam/match/request-context.js'
import { readingPolicy } from '../../../src/policies/reader-policy.js'

const ACCOUNT = '111122223333'

/** Whether the policy, attached to a role of the account, lets it do this. */
function allows (scope: Parameters<typeof readingPolicy>[0], action: string, arn: string): boolean {
  const identityPolicies = { policies: [compilePolicy('reading', readingPolicy(scope))], complete: true }
  return (
    authorize(
      {
        principal: { kind: 'role', value: `arn:${scope.partition}:iam::${ACCOUNT}:role/Verifier` },
        action,
        resource: { arn, accountId: ACCOUNT },
        context: new RequestContext([]),
        rule: 'identity-or-resource'
      },
      { identityPolicies }
    ).decision === 'allowed'
  )
}

const own = { partition: 'aws', accountId: ACCOUNT, organizationPolicies: false }
const key = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/k`
const bucket = 'arn:aws:s3:::data'
const role = `arn:aws:iam::${ACCOUNT}:role/path/R`

t.test('every read of a verification, on what is read, and nothing else', async (t) => {
  for (const action of ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListGrants', 'kms:ListResourceTags'])
    t.ok(allows(own, action, key), action)
  t.ok(allows(own, 'kms:ListAliases', '*'))
  for (const action of ['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'])
    t.ok(allows(own, action, role), action)
  for (const arn of [`arn:aws:iam::${ACCOUNT}:policy/p`, 'arn:aws:iam::aws:policy/AdministratorAccess'])
    for (const action of ['iam:GetPolicy', 'iam:GetPolicyVersion']) t.ok(allows(own, action, arn), arn)
  for (const action of ['GetBucketPolicy', 'GetEncryptionConfiguration', 'GetBucketLocation'])
    t.ok(allows(own, `s3:${action}`, bucket), action)
  for (const [action, arn] of [
    ['s3:GetObject', `${bucket}/in/users.csv`],
    ['s3:ListBucket', bucket],
    ['s3:PutBucketPolicy', bucket],
    ['kms:PutKeyPolicy', key],
    ['kms:Decrypt', key],
    ['iam:PutRolePolicy', role],
    ['iam:GetRole', role.replace(ACCOUNT, '444455556666')],
    ['kms:DescribeKey', key.replace(ACCOUNT, '444455556666')],
    ['kms:DescribeKey', key.replace('aws', 'aws-cn')],
    ['organizations:DescribePolicy', '*']
  ] as const)
    t.notOk(allows(own, action, arn), `${action} ${arn}`)
})

t.test('objects only where they are looked at', async (t) => {
  t.ok(allows({ ...own, sampleObjects: true }, 's3:GetObject', `${bucket}/in/users.csv`))
  t.ok(allows({ ...own, sampleObjects: true }, 's3:ListBucket', bucket))
  t.notOk(allows({ ...own, sampleObjects: true }, 's3:PutObject', `${bucket}/in/users.csv`))
})

t.test('any account, another partition, and the organization', async (t) => {
  t.ok(allows({ ...own, accountId: '*' }, 'iam:GetPolicy', 'arn:aws:iam::444455556666:policy/p'))
  t.ok(allows({ ...own, accountId: '*' }, 'iam:GetPolicy', 'arn:aws:iam::aws:policy/p'))
  t.ok(allows({ ...own, partition: 'aws-cn' }, 'kms:DescribeKey', `arn:aws-cn:kms:cn-north-1:${ACCOUNT}:key/k`))
  for (const action of ['DescribeOrganization', 'ListParents', 'ListPoliciesForTarget', 'DescribePolicy'])
    t.ok(allows({ ...own, organizationPolicies: true }, `organizations:${action}`, '*'), action)
  t.notOk(allows({ ...own, organizationPolicies: true }, 'organizations:DeletePolicy', '*'))
})
