import fc from 'fast-check'
import t from 'tap'
import { POLICY_FORMATS } from '../../../../src/cli/format-names.js'
import { POLICY_FORMS, policyForm, policyFormOf } from '../../../../src/formats/policies/policy-forms.js'
import { failingReport } from '../example-reports.js'
import { GENERATED, hostileModel, KEY, OTHER_KEY } from './example-policies.js'

const MEDIA_TYPES = [
  'application/vnd.terraform+hcl',
  'application/vnd.terraform+json',
  'application/vnd.cloudformation+yaml',
  'application/vnd.cloudformation+json',
  'text/x-cdk-typescript',
  'text/x-shellscript'
]

t.test('table of forms: media types as documented, each name and file once', async (t) => {
  t.strictSame(POLICY_FORMS.map(({ mediaType }) => mediaType), MEDIA_TYPES)
  for (const member of ['name', 'fileName'] as const)
    t.equal(new Set(POLICY_FORMS.map((form) => form[member])).size, POLICY_FORMS.length)
  for (const { fileName, extension } of POLICY_FORMS) t.ok(fileName.endsWith(`.${extension}`), fileName)
  t.equal(policyFormOf('application/json'), undefined)
  const { json: _, ...formats } = POLICY_FORMATS
  t.strictSame(Object.fromEntries(POLICY_FORMS.map(({ name, mediaType }) => [name, mediaType])), formats, 'the command has the same names')
  t.equal(policyFormOf('text/x-cdk-typescript')?.name, 'cdk')
})

t.test('remediation of a report: every form has its policies and what it cannot fix', async (t) => {
  const { remediation } = failingReport()
  if (remediation === undefined) throw new Error('the report has a remediation')
  for (const { name } of POLICY_FORMS) {
    const text = policyForm(name, { ...remediation, cannotFix: [{ code: 'KEY_PENDING_DELETION', detail: 'Cancel it.' }] })
    t.match(text, 'AllowPersonalizeService', name)
    t.match(text, 'Not fixed by these policies (KEY_PENDING_DELETION): Cancel it.', name)
  }
})

t.test('warnings: alike ones of several keys are one', async (t) => {
  const warning = { code: 'CROSS_ACCOUNT_KEY', title: 'A title', detail: 'A detail.', source: 'https://docs.aws.amazon.com/x' }
  const warnings = [{ ...warning, kmsKeyArn: KEY }, { ...warning, kmsKeyArn: OTHER_KEY }]
  const text = policyForm('terraform', { ...GENERATED, warnings })
  t.equal(text.split('Warning (CROSS_ACCOUNT_KEY)').length, 2)
  t.match(text, `# Of: ${KEY},\n# ${OTHER_KEY}\n`)
})

t.test('same input: the same bytes', async (t) => {
  for (const { name } of POLICY_FORMS) t.equal(policyForm(name, GENERATED), policyForm(name, structuredClone(GENERATED)))
})

t.test('hostile texts: no form with comments has a character that a reader does not see', async () => {
  fc.assert(
    fc.property(hostileModel, (model) => {
      for (const name of ['terraform', 'cloudformation', 'cdk'] as const)
        if (/[\p{Cc}\u2028-\u202e\ufeff]/u.test(policyForm(name, model).replaceAll('\n', ''))) throw new Error(name)
    }),
    { numRuns: 100 }
  )
})
