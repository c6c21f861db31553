import t from 'tap'
import type { Report } from '../../../schemas/verification.js'
import { verifyPlanned } from '../../../src/verify/verify-planned.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'

const SERVICE = 'personalize.amazonaws.com'
const policy = (...statements: object[]): object => ({ Version: '2012-10-17', Statement: statements })
const everything = { Effect: 'Allow', Principal: { AWS: ROLE, Service: SERVICE }, Action: 'kms:*', Resource: '*' }

/** A report on a planned key whose policy allows everything and has one more statement, of which a part is not known. */
function withOpenPart (statement: object, element: string): Report {
  return verifyPlanned({
    usage: {
      accountId: ACCOUNT,
      region: 'us-east-1',
      operations: ['datasetGroup', 'datasetImportJob'],
      kmsKeyArns: [KEY],
      roleArns: [ROLE]
    },
    keys: [
      {
        requestedArn: KEY,
        kmsKeyArn: KEY,
        metadata: { state: 'notPresent' },
        keyPolicy: { state: 'read', value: policy(everything, statement) },
        unknownInKeyPolicy: [{ pointer: `/Statement/1/${element}`, why: 'aws_iam_role.app.arn' }],
        grants: { state: 'notPresent' }
      }
    ],
    roles: [
      {
        roleArn: ROLE,
        role: { state: 'read', value: { arn: ROLE } },
        trustPolicy: {
          state: 'read',
          value: policy({ Effect: 'Allow', Principal: { Service: SERVICE }, Action: 'sts:AssumeRole' })
        },
        identityPolicies: {
          read: [{ name: 'kms', kind: 'inline', document: policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }) }],
          lost: []
        },
        permissionsBoundary: { state: 'notPresent' }
      }
    ],
    assumptions: []
  })
}

t.test('a Deny for calls through Amazon S3, of which a part is not known yet, leaves those calls open', (t) => {
  const deny = {
    Effect: 'Deny',
    Principal: '*',
    Action: 'kms:*',
    Resource: '*',
    Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }
  }
  for (const element of ['Principal', 'Action', 'Resource']) {
    const { verdicts, checks } = withOpenPart(deny, element)
    t.equal(verdicts.effective, 'indeterminate', element)
    const decisions = checks.filter(({ action }) => action === 'kms:Decrypt')
    t.strictSame(
      decisions.map(({ principal, via, effective }) => [principal.type, via, effective]),
      [
        ['service', 'direct', 'allowed'],
        ['service', 's3', 'unknown'],
        ['role', 'direct', 'allowed'],
        ['role', 's3', 'unknown']
      ],
      element
    )
  }
  t.end()
})
