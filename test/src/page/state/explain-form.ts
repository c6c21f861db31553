import t from 'tap'
import { explain } from '../../../../src/explain/explain.js'
import { explainedUsage, hasPlaceholders, likelihoodOf, nextSteps, saidFacts } from '../../../../src/page/state/explain-form.js'
import { EMPTY, EXAMPLE, usageOf } from '../../../../src/page/state/usage-form.js'

const REASON = { failureReason: 'Insufficient privileges for accessing data in Amazon S3.' }

t.test('explainedUsage: only a use with operations and roles', (t) => {
  t.strictSame(explainedUsage(undefined), {})
  t.strictSame(explainedUsage({ ...EMPTY, operations: ['datasetImportJob'] }), {})
  t.strictSame(explainedUsage(EXAMPLE), { usage: usageOf(EXAMPLE) })
  t.end()
})

t.test('saidFacts: what the text says, in words', (t) => {
  const { said } = explain({
    message:
      'User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/k because no resource-based policy allows the kms:Decrypt action'
  })
  t.strictSame(saidFacts(said), [
    ['Who', 'arn:aws:sts::111122223333:assumed-role/R/s'],
    ['Action', 'kms:Decrypt'],
    ['Resource', 'arn:aws:kms:us-east-1:111122223333:key/k'],
    ['What decided', 'no Allow in the key policy']
  ])
  t.strictSame(saidFacts(explain(REASON).said), [])
  t.end()
})

t.test('hasPlaceholders: as long as the use is not known', (t) => {
  t.ok(hasPlaceholders(explain(REASON)))
  t.notOk(hasPlaceholders(explain({ ...REASON, usage: usageOf({ ...EXAMPLE, locations: 's3://amzn-s3-demo-bucket/out/' }) })))
  t.end()
})

t.test('nextSteps: without what only a client of the API can do', (t) => {
  t.strictSame(nextSteps(explain(REASON)), [])
  t.ok(nextSteps(explain({ message: 'Segmentation fault' })).length > 0)
  t.end()
})

t.test('likelihoodOf: the live policies go before the text', (t) => {
  const [cause] = explain(REASON).causes
  if (cause === undefined) throw new Error('no cause')
  t.match(likelihoodOf(cause), { words: 'likely' })
  t.match(likelihoodOf({ ...cause, status: 'confirmed' }), { words: 'confirmed', tone: 'no' })
  t.match(likelihoodOf({ ...cause, status: 'excluded' }), { words: 'excluded', tone: 'yes' })
  t.end()
})
