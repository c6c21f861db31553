import t from 'tap'
import { authorizeEveryKmsAction } from '../../../src/iam/authorize.js'
import { KMS_ACTIONS } from '../../../src/iam/kms-actions.js'
import { compilePolicy } from '../../../src/iam/policy-document.js'
import { RequestContext, UNKNOWN } from '../../../src/iam/request-context.js'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/R`
const use = { Principal: { AWS: ROLE }, Resource: '*' }
const document = {
  Version: '2012-10-17',
  Statement: [
    { ...use, Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:Verify*'] },
    { ...use, Effect: 'Deny', Action: ['kms:Encrypt', 'kms:TagResource'] },
    { ...use, Effect: 'Deny', Action: 'kms:VerifyMac', Condition: { StringEquals: { 'kms:ViaService': 's3' } } }
  ]
}
const decisions = authorizeEveryKmsAction(
  { principal: { kind: 'role', value: ROLE }, resource: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT }, context: new RequestContext([['kms:ViaService', UNKNOWN]]) },
  { resourcePolicy: { policies: [compilePolicy('k', document)], complete: true } })

t.test('the decision on each action, whatever the case of its name', async (t) => {
  for (const [action, word] of [['kms:decrypt', 'allowed'], ['kms:Decrypt', 'allowed'], ['KMS:DECRYPT', 'allowed'], ['kms:encrypt', 'explicitDeny'], ['kms:tagresource', 'explicitDeny'], ['kms:sign', 'implicitDeny'], ['kms:verify', 'allowed'], ['kms:verifymac', 'conditional'], ['s3:GetObject', undefined], ['kms:None', undefined]] as const) t.equal(decisions.get(action), word, action)
})

t.test('what the pass has decided is not decided again', async (t) => {
  let reads = 0
  const policies = { resourcePolicy: { policies: [compilePolicy('k', document)], complete: true }, get grants () { reads++; return { entries: [], complete: true } } }
  const found = authorizeEveryKmsAction({ principal: { kind: 'role', value: ROLE }, resource: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT }, context: new RequestContext([['kms:ViaService', UNKNOWN]]) }, policies)
  const before = reads
  for (const action of KMS_ACTIONS) if (action !== 'kms:verifymac') found.get(action)
  t.equal(reads, before)
  t.ok(before <= 3, 'nor once for each action')
  found.get('kms:verifymac')
  t.ok(reads > before, 'what hangs on something unknown is')
})

t.test('all of them, in the order of the actions', async (t) => {
  t.equal(decisions.size, KMS_ACTIONS.length)
  t.strictSame([...decisions].map(([action]) => action), [...KMS_ACTIONS])
  t.strictSame([...decisions].map(([, word]) => word), decisions.words())
  t.strictSame(decisions.words(), KMS_ACTIONS.map((action) => decisions.get(action)))
})
