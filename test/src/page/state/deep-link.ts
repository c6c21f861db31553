import fc from 'fast-check'
import t from 'tap'
import { fragmentOf, readFragment } from '../../../../src/page/state/deep-link.js'
import { EMPTY, EXAMPLE, usageOf } from '../../../../src/page/state/usage-form.js'
import { arbitraryUsage } from '../../../arbitrary-usage.js'

t.test('fragmentOf: readable, without defaults', (t) => {
  t.equal(
    fragmentOf('check', EXAMPLE),
    '#operations=datasetGroup,datasetExportJob&roles=arn:aws:iam::111122223333:role/service-role/PersonalizeRole' +
      '&keys=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab&view=check'
  )
  t.equal(fragmentOf('write', undefined), '')
  t.equal(fragmentOf('live', undefined), '#view=live')
  t.end()
})

t.test('fragmentOf: a pasted policy is never part of it', (t) => {
  const secret = '{"Statement":[{"Sid":"Secret"}]}'
  const existing = { existingKeyPolicy: secret, existingRolePolicy: secret, existingBucketPolicy: secret }
  const fragment = fragmentOf('write', { ...EXAMPLE, ...existing })
  t.notMatch(fragment, /Secret|Statement/)
  t.end()
})

t.test('readFragment: restores what fragmentOf wrote, for every usage', (t) => {
  fc.assert(
    fc.property(arbitraryUsage(), (usage) => {
      const form = {
        ...EMPTY,
        operations: usage.operations,
        roles: usage.roleArns.join('\n'),
        keys: (usage.kmsKeyArns ?? []).join('\n'),
        profile: usage.profile ?? 'documented',
        conditions: usage.sourceConditions ?? 'ifExists'
      }
      const restored = readFragment(fragmentOf('check', form))
      t.equal(restored.view, 'check')
      const usageOfRestored = usageOf(restored.form ?? EMPTY)
      t.strictSame(
        { ...usageOfRestored, operations: [...usageOfRestored.operations].sort() },
        { ...usageOf(form), operations: [...usageOf(form).operations].sort() }
      )
    }),
    { numRuns: 50 }
  )
  t.end()
})

t.test('readFragment: locations in Amazon S3, commas and all', (t) => {
  const form = { ...EXAMPLE, locations: 's3://amzn-s3-demo-bucket/out/\ns3://amzn-s3-demo-bucket/a,b#c&d/' }
  t.match(fragmentOf('write', form), '&locations=s3://amzn-s3-demo-bucket/out/,s3://amzn-s3-demo-bucket/a%2Cb%23c%26d/')
  t.strictSame(readFragment(fragmentOf('write', form)).form, form)
  t.end()
})

t.test('readFragment: a dataset group, with and without a usage', (t) => {
  const group = 'arn:aws:personalize:us-east-1:111122223333:dataset-group/shop'
  t.equal(fragmentOf('live', undefined, group), `#group=${group}&view=live`)
  t.strictSame(readFragment(`#group=${group}&view=live`), { view: 'live', form: undefined, group })
  t.strictSame(readFragment(fragmentOf('live', EXAMPLE, group)), { view: 'live', form: EXAMPLE, group })
  t.equal(readFragment('#group=&view=live').group, '', 'not typed yet')
  t.end()
})

t.test('readFragment: what is unknown or malformed is left out, and never throws', (t) => {
  t.strictSame(readFragment(''), { view: 'write', form: undefined, group: undefined })
  t.strictSame(readFragment('#matrix'), { view: 'write', form: undefined, group: undefined })
  t.strictSame(readFragment('#view=nothing&x=1'), { view: 'write', form: undefined, group: undefined })
  t.match(readFragment('#operations=datasetGroup,nonsense&roles=%E0%A4%A,b&profile=x&__proto__=1'), {
    view: 'write',
    form: { operations: ['datasetGroup'], roles: '%E0%A4%A\nb', profile: 'documented' }
  })
  t.end()
})
