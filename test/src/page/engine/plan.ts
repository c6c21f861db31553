import { readFileSync } from 'node:fs'
import t from 'tap'
import { NO_CHOICE, type PlanFile, planReport, readPlan } from '../../../../src/page/engine/plan.js'
import { EXAMPLE, usageOf } from '../../../../src/page/state/usage-form.js'

const file = (path: string): PlanFile => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  text: readFileSync(`test/fixtures/plans/${path}`, 'utf8')
})
const usage = usageOf({ ...EXAMPLE, operations: ['datasetGroup'] })
const place = { accountId: '111122223333', region: 'eu-west-1' }
const TEMPLATE_OF_CDK = 'PersonalizeStack.template.json'

t.test('readPlan: a Terraform plan, a template, and a template with the manifest of cdk.out', (t) => {
  for (const files of [
    [file('known.json')],
    [file('default-key-policy.json')],
    [file('template.yaml')],
    [{ name: 'stack.json', text: JSON.stringify({ TemplateBody: file('template.yaml').text }) }],
    [file('bucket.json')],
    [file('cdk.out/manifest.json'), file(`cdk.out/${TEMPLATE_OF_CDK}`)]
  ]) {
    const reading = readPlan(files, place)
    if ('fault' in reading) throw new Error(reading.fault)
    t.ok(reading.plan.keys.length > 0, files.map(({ name }) => name).join())
    const report = planReport(reading.plan, usage, NO_CHOICE)
    t.match(report, { status: 200, body: { verdict: /^(pass|fail|indeterminate)$/ } })
  }
  t.end()
})

t.test('readPlan: what is neither says why, as a sentence', (t) => {
  const text = (name: string, contents: string): PlanFile[] => [{ name, text: contents }]
  for (const [files, fault] of [
    [[], /^Choose one plan/],
    [text('x.json', '{"a":'), /^The file begins like JSON/],
    [text('x.json', '{"a":1}'), /neither a Terraform plan/],
    [text('x.yaml', 'a: [1'), /\d+:\d+/],
    [text('manifest.json', '{}'), /no artifacts/],
    [[file('cdk.out/manifest.json')], /PersonalizeStack\.template\.json/],
    [[file('known.json'), file('template.yaml')], /^Choose one plan/]
  ] as const) {
    const reading = readPlan(files, {})
    t.match('fault' in reading && reading.fault, fault)
  }
  t.end()
})

t.test('planReport: the key and role that are chosen; a sentence where it is open which are meant', (t) => {
  const reading = readPlan([file('known.json')], place)
  if ('fault' in reading) throw new Error(reading.fault)
  const { plan } = reading
  const [key] = plan.keys
  const [role] = plan.roles
  if (key === undefined || role === undefined) throw new Error('the fixture has a key and a role')
  t.match(planReport(plan, usage, { ...NO_CHOICE, key: key.address, role: role.address }), { status: 200 })
  const twice = { ...plan, pairs: [], keys: [key, { ...key, address: 'aws_kms_key.other', names: ['aws_kms_key.other'] }] }
  const open = planReport(twice, usage, NO_CHOICE)
  t.match('fault' in open && open.fault, /several keys .*Choose below\.$/)
  t.notMatch('fault' in open && open.fault, /--key/, 'no option of the command')
  t.match(planReport(twice, usage, { ...NO_CHOICE, key: 'aws_kms_key.other', role: role.address }), { status: 200 })
  t.end()
})

t.test('planReport: the bucket that is chosen, or the locations of the form', (t) => {
  const reading = readPlan([file('bucket.json')], place)
  if ('fault' in reading) throw new Error(reading.fault)
  const { plan } = reading
  const imports = { ...usage, operations: ['datasetImportJob' as const] }
  const chosen = planReport(plan, imports, { ...NO_CHOICE, bucket: 'aws_s3_bucket.data', prefix: 'in/' })
  t.match(chosen, { body: { verdict: 'pass', s3Checks: [{ bucket: 'personalize-training-data', prefix: 'in/' }] } })
  const ofForm = planReport(plan, { ...imports, locations: [{ uri: 's3://personalize-training-data/in/' }] }, NO_CHOICE)
  t.strictSame(ofForm, chosen)
  const none = planReport(plan, { ...imports, locations: [{ uri: 'aws_s3_bucket.other' }] }, NO_CHOICE)
  t.match('fault' in none && none.fault, /contains no bucket aws_s3_bucket\.other; it contains aws_s3_bucket\.data\. Choose below\.$/)
  t.end()
})
