import t from 'tap'
import type { Remediation, VerifyDocumentsRequest } from '../../../../schemas/verification.js'
import { verifyDocuments } from '../../../../src/verify/verify-documents.js'
import { ACCOUNT, KEY, ROLE } from '../../../helper.js'
import {
  DELEGATION,
  FOR_SERVICE,
  metadataOf,
  PAGE_KEY_ACTIONS,
  policy,
  situation
} from '../../../verification/documents.js'
import { verifyIn, worldOf } from '../../../verification/scenario.js'

const KEY_ID = KEY.slice(KEY.indexOf('key/') + 4)
const inState = (KeyState: string): VerifyDocumentsRequest =>
  situation({ key: { metadata: { ...metadataOf(KEY), KeyState } } })
type Step = Remediation['cannotFix'][number]
const stepsOf = ({ remediation }: { remediation?: Remediation }): Step[] => remediation?.cannotFix ?? []

t.test('a key that is disabled: the command that enables it', (t) => {
  const [step] = stepsOf(verifyDocuments(inState('Disabled')))
  // https://docs.aws.amazon.com/cli/latest/reference/kms/enable-key.html
  t.same(step?.commands, [`aws kms enable-key --key-id ${KEY_ID} --region us-east-1`])
  t.end()
})

t.test('a key whose deletion is scheduled: canceled, it is disabled, and then enabled', (t) => {
  const [step] = stepsOf(verifyDocuments(inState('PendingDeletion')))
  // https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
  t.same(step?.commands, [
    `aws kms cancel-key-deletion --key-id ${KEY_ID} --region us-east-1`,
    `aws kms enable-key --key-id ${KEY_ID} --region us-east-1`
  ])
  t.end()
})

t.test('a key in a state that needs more than is known here: no command', (t) => {
  for (const state of ['PendingImport', 'Unavailable', 'Creating', 'PendingReplicaDeletion'])
    t.equal(stepsOf(verifyDocuments(inState(state)))[0]?.commands, undefined, state)
  t.end()
})

const ONLY_S3 = { Sid: 'AllowPersonalize', Effect: 'Allow', Action: 's3:*', Resource: '*' }
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/team/Limits`

async function limitedBy (document: object, arn: string, request = situation()): Promise<Step | undefined> {
  const world = worldOf(request, {
    role: { permissionsBoundary: { state: 'read', value: { name: 'Limits', arn, document } } }
  })
  const { remediation } = await verifyIn(world, request)
  return remediation?.cannotFix.find(({ code }) => code === 'BOUNDARY_BLOCKS')
}

t.test('a boundary without KMS: the document with what is missing, and the command that reads it', async (t) => {
  const document = policy(ONLY_S3)
  const step = await limitedBy(document, BOUNDARY)
  t.match(step?.remedy, /in the permissions boundary Limits\./)
  // https://docs.aws.amazon.com/cli/latest/reference/iam/create-policy-version.html
  t.same(step?.commands, [
    `aws iam create-policy-version --policy-arn ${BOUNDARY} --policy-document file://permissions-boundary-Limits.json ` +
      '--set-as-default'
  ])
  t.same(step?.before, document)
  t.same(step?.policy?.Statement, [
    ONLY_S3,
    { Sid: 'AllowPersonalize2', Effect: 'Allow', Action: PAGE_KEY_ACTIONS, Resource: KEY }
  ])
  const world = worldOf(situation(), {
    role: { permissionsBoundary: { state: 'read', value: { name: 'Limits', arn: BOUNDARY, document: step?.policy } } }
  })
  t.equal((await verifyIn(world, situation())).verdict, 'pass', 'with it the same request passes')
})

t.test('a boundary beside another cause: its document allows what the key policy is changed to allow', async (t) => {
  const request = situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE) } })
  const step = await limitedBy(policy(ONLY_S3), BOUNDARY, request)
  t.match(step?.policy?.Statement[1], { Action: PAGE_KEY_ACTIONS, Resource: KEY })
})

t.test('a boundary that cannot be widened like this: no document and no command', async (t) => {
  const buckets = Array.from({ length: 200 }, (_, index) => `arn:aws:s3:::bucket-${index}-data`)
  const tooLarge = policy({ ...ONLY_S3, Resource: buckets })
  const cases: Array<[string, object, string]> = [
    ['of AWS', policy(ONLY_S3), 'arn:aws:iam::aws:policy/AmazonS3FullAccess'],
    ['with a path that means something to a shell', policy(ONLY_S3), `arn:aws:iam::${ACCOUNT}:policy/a;b/Limits`],
    ['that a Deny limits, too', policy(ONLY_S3, { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' }), BOUNDARY],
    ['as large as IAM stores', tooLarge, BOUNDARY]
  ]
  for (const [name, document, arn] of cases) {
    const step = await limitedBy(document, arn)
    if (name !== 'that a Deny limits, too') t.match(step, { commands: undefined, policy: undefined }, name)
    else t.notOk(JSON.stringify(step?.policy).includes('"Allow","Action":["kms:Decrypt"'), name)
  }
  const request = situation({ role: { roleArn: ROLE, permissionsBoundary: policy(ONLY_S3) } })
  t.match(stepsOf(verifyDocuments(request))[0], { code: 'BOUNDARY_BLOCKS', commands: undefined }, 'of documents its ARN is not known')
})
