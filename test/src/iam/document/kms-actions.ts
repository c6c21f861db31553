import t from 'tap'
import {
  isGrantOperation,
  isKmsAliasAction,
  isKmsKeyless,
  KMS_ACTIONS,
  kmsActionPosition,
  worksAcrossAccounts
} from '../../../../src/iam/document/action.js'

t.test('every action has a position of its own', async (t) => {
  t.equal(new Set(KMS_ACTIONS).size, KMS_ACTIONS.length)
  t.ok(KMS_ACTIONS.length <= 64, 'they fit two words of bits')
  for (const [position, action] of KMS_ACTIONS.entries()) {
    t.match(action, /^kms:[a-z]+$/)
    t.equal(kmsActionPosition(action), position)
  }
  t.equal(kmsActionPosition('s3:getobject'), undefined)
})

/** https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations */
const GRANT_OPERATIONS = [
  'creategrant',
  'decapsulate',
  'decrypt',
  'derivesharedsecret',
  'describekey',
  'encapsulate',
  'encrypt',
  'generatedatakey',
  'generatedatakeypair',
  'generatedatakeypairwithoutplaintext',
  'generatedatakeywithoutplaintext',
  'generatemac',
  'getpublickey',
  'reencryptfrom',
  'reencryptto',
  'retiregrant',
  'sign',
  'verify',
  'verifymac'
]

t.test('what a grant can give, what crosses accounts, what has no key', async (t) => {
  t.strictSame(
    KMS_ACTIONS.filter(isGrantOperation).sort(),
    GRANT_OPERATIONS.map((name) => `kms:${name}`)
  )
  t.strictSame(KMS_ACTIONS.filter((action) => worksAcrossAccounts(action) && !isGrantOperation(action)).sort(), [
    'kms:getkeyrotationstatus',
    'kms:listgrants',
    'kms:revokegrant'
  ])
  t.ok(KMS_ACTIONS.filter(isGrantOperation).every(worksAcrossAccounts))
  t.strictSame(KMS_ACTIONS.filter(isKmsAliasAction).sort(), ['kms:createalias', 'kms:deletealias', 'kms:updatealias'])
  t.equal(KMS_ACTIONS.filter(isKmsKeyless).length, 11)
  t.ok(['kms:listkeys', 'kms:createkey', 'kms:generaterandom', 'kms:listaliases'].every(isKmsKeyless))
  t.notOk(isKmsKeyless('kms:decrypt'))
})
