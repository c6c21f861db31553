import t from 'tap'
import { writePolicies } from '../../../../src/page/engine/generation.js'
import { choiceName, documentText, policyTabs, sizeWords } from '../../../../src/page/state/policy-tabs.js'
import { EXAMPLE, type UsageForm, usageToWrite } from '../../../../src/page/state/usage-form.js'

function tabsOf (form: UsageForm) {
  const answer = writePolicies(usageToWrite(form))
  if ('problem' in answer) throw new Error(JSON.stringify(answer.problem))
  return policyTabs(answer.body)
}

t.test('policyTabs: each statement of ours has its reason and a page of AWS', (t) => {
  const tabs = tabsOf(EXAMPLE)
  t.strictSame(
    Object.values(tabs).map((choices) => choices.map(({ cards }) => cards.length)),
    [[3], [1], [1], []]
  )
  for (const { statement, note } of Object.values(tabs).flatMap(([choice]) => choice?.cards ?? [])) {
    t.ok((note?.reason.length ?? 0) > 20, String(statement['Sid']))
    t.match(note?.source, /^https:\/\/docs\.aws\.amazon\.com\//)
  }
  t.end()
})

t.test('policyTabs: a bucket policy for each bucket of the locations, and the bucket in the policy of the role', (t) => {
  const tabs = tabsOf({ ...EXAMPLE, locations: 's3://amzn-s3-demo-one/out/\ns3://amzn-s3-demo-two/' })
  t.strictSame(tabs.bucket.map(choiceName), ['amzn-s3-demo-one', 'amzn-s3-demo-two'])
  for (const { statement, note } of tabs.bucket.flatMap(({ cards }) => cards)) {
    t.match(statement['Principal'], { Service: 'personalize.amazonaws.com' })
    t.ok(note?.reason)
  }
  t.match(JSON.stringify(tabs.role[0]?.policy), 'arn:aws:s3:::amzn-s3-demo-two')
  t.end()
})

t.test('policyTabs: without a key the key policy is for a new key, and explained as well', (t) => {
  const [choice] = tabsOf({ ...EXAMPLE, keys: '' }).key
  t.match(choice, { arns: [] })
  t.strictSame(choice?.cards.map(({ note }) => note === undefined), [false, false, false])
  t.equal(choice && choiceName(choice), 'a new key')
  t.end()
})

t.test('policyTabs: a statement that was there before has no reason of ours', (t) => {
  const existingKeyPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }]
  })
  const [choice] = tabsOf({ ...EXAMPLE, existingKeyPolicy }).key
  t.strictSame(
    choice?.cards.map(({ statement, note }) => [statement['Sid'], note === undefined]),
    [
      ['Theirs', true],
      ['AllowPersonalizeService', false],
      ['AllowPersonalizeRole', false]
    ]
  )
  t.end()
})

t.test('policyTabs: equal documents are one choice, named by the first and how many more', (t) => {
  const tabs = tabsOf({ ...EXAMPLE, roles: `${EXAMPLE.roles}\narn:aws:iam::111122223333:role/Second` })
  t.strictSame(tabs.role.map(choiceName), ['PersonalizeRole and 1 more'])
  t.end()
})

t.test('policyTabs: no IAM policy where none is needed', (t) => {
  t.match(tabsOf({ ...EXAMPLE, operations: ['datasetImportJob'] }).role, [{ policy: null, cards: [] }])
  t.end()
})

t.test('documentText: indented, unless only the compact text is within the limit of KMS; sizeWords counts it', (t) => {
  const small = { Version: '2012-10-17', Statement: [{ Sid: 'é' }] }
  t.equal(documentText('key', small), `${JSON.stringify(small, null, 2)}\n`)
  t.equal(sizeWords('key', small), `${Buffer.byteLength(documentText('key', small))} of 32,768 bytes`)
  t.equal(sizeWords('role', small), `${JSON.stringify(small).length} of 6,144 characters`)
  t.equal(sizeWords('bucket', small), `${Buffer.byteLength(documentText('bucket', small))} of 20,480 bytes`)
  const large = { Statement: Array.from({ length: 1_100 }, () => ({ Action: ['kms:Decrypt'] })) }
  t.equal(documentText('key', large), JSON.stringify(large))
  const medium = { Statement: large.Statement.slice(0, 400) }
  t.not(documentText('key', medium), JSON.stringify(medium))
  t.equal(documentText('bucket', medium), JSON.stringify(medium), 'Amazon S3 takes less than KMS')
  t.end()
})
