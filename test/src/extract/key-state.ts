import t from 'tap'
import type { Report } from '../../../schemas/verification.js'
import {
  documentsRequest,
  extractPlan,
  parsePlan,
  type Plan,
  plannedDocuments,
  selectUsage
} from '../../../src/extract/extract.js'
import { verifyPlanned } from '../../../src/verify/verify-planned.js'
import {
  ACCOUNT,
  newKey,
  rootStatement,
  serviceRole,
  serviceStatement,
  template,
  terraformPlan,
  trustPolicy
} from './plans.js'

const place = { accountId: ACCOUNT, region: 'us-east-1' }
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Personalize`
const roleStatement = { ...serviceStatement, Sid: 'Role', Principal: { AWS: ROLE } }
const complete = { Version: '2012-10-17', Statement: [rootStatement, serviceStatement, roleStatement] }
const operations = ['datasetImportJob' as const]

const ofTerraform = (after: object, unknown: object = {}, expressions: object = {}): Plan => {
  const key = newKey(JSON.stringify(complete), { policy: {}, ...expressions })
  const planned = { ...key, after: { ...key.after, ...after }, unknown: { ...key.unknown, ...unknown } }
  return extractPlan(terraformPlan([planned, serviceRole()]), place)
}
const ofTemplate = (properties: object): Plan =>
  extractPlan(
    template(
      {
        Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: complete, ...properties } },
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: { RoleName: 'Personalize', AssumeRolePolicyDocument: JSON.parse(trustPolicy) }
        }
      },
      { Parameters: { Missing: { Type: 'String' } } }
    ),
    place
  )
const documentsOf = (plan: Plan): ReturnType<typeof plannedDocuments> =>
  plannedDocuments(plan, { operations, region: place.region, ...selectUsage(plan, { operations }) })

interface Case {
  name: string
  plan: Plan
  verdict: Report['verdict']
  finding?: string
  why?: RegExp
}

const ASSUMED = /is assumed to be a usable key/
const cases: Case[] = [
  { name: 'Terraform: nothing set', plan: ofTerraform({}), verdict: 'pass', why: ASSUMED },
  {
    name: 'Terraform: the defaults of the provider',
    plan: ofTerraform({
      is_enabled: true,
      customer_master_key_spec: 'SYMMETRIC_DEFAULT',
      key_usage: 'ENCRYPT_DECRYPT'
    }),
    verdict: 'pass',
    why: ASSUMED
  },
  { name: 'Terraform: disabled', plan: ofTerraform({ is_enabled: false }), verdict: 'fail', finding: 'KEY_NOT_ENABLED' },
  {
    name: 'Terraform: `enabled` of the other kinds of keys',
    plan: ofTerraform({ enabled: false }),
    verdict: 'fail',
    finding: 'KEY_NOT_ENABLED'
  },
  {
    name: 'Terraform: for signatures',
    plan: ofTerraform({ customer_master_key_spec: 'RSA_2048', key_usage: 'SIGN_VERIFY' }),
    verdict: 'fail',
    finding: 'KEY_NOT_SYMMETRIC'
  },
  {
    name: 'Terraform: whether it is enabled is not known',
    plan: ofTerraform({}, { is_enabled: true }, { is_enabled: { references: ['var.on'] } }),
    verdict: 'indeterminate',
    why: /keyMetadata: the state of aws_kms_key\.\w+: /
  },
  { name: 'Terraform: computed, and not set', plan: ofTerraform({}, { enabled: true }), verdict: 'pass', why: ASSUMED },
  { name: 'CloudFormation: nothing set', plan: ofTemplate({}), verdict: 'pass', why: ASSUMED },
  { name: 'CloudFormation: disabled', plan: ofTemplate({ Enabled: false }), verdict: 'fail', finding: 'KEY_NOT_ENABLED' },
  {
    name: 'CloudFormation: disabled, as a text',
    plan: ofTemplate({ Enabled: 'false' }),
    verdict: 'fail',
    finding: 'KEY_NOT_ENABLED'
  },
  { name: 'CloudFormation: a wait before a deletion is no state', plan: ofTemplate({ PendingWindowInDays: 7 }), verdict: 'pass' },
  {
    name: 'CloudFormation: of another kind',
    plan: ofTemplate({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    verdict: 'fail',
    finding: 'KEY_NOT_SYMMETRIC'
  },
  {
    name: 'CloudFormation: whether it is enabled is not known',
    plan: ofTemplate({ Enabled: { Ref: 'Missing' } }),
    verdict: 'indeterminate',
    why: /keyMetadata: the state of Key: .*Missing/
  }
]

for (const { name, plan, verdict, finding, why } of cases)
  t.test(`state of a planned key: ${name}`, async (t) => {
    const documents = documentsOf(plan)
    const report = verifyPlanned(documents)
    const reasons = report.notEvaluated.map(({ what, why }) => `${what}: ${why}`).join('\n')
    t.equal(report.verdict, verdict, `${report.summary.headline}\n${reasons}`)
    const errors = report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
    t.strictSame(errors, finding === undefined ? [] : [finding])
    if (why !== undefined) t.match(reasons, why)
    const metadata = documentsRequest(documents)?.keys[0]?.metadata
    t.equal(metadata !== undefined, finding !== undefined, 'a request for the service has it, too')
  })

t.test('a plan as JSON – two members of one name: refused with the address, as in YAML', async (t) => {
  const twice = '{ "Resources": { "Key": { "Properties": { "Enabled": false, "Enabled": true } } } }'
  const pointer = /^\/Resources\/Key\/Properties\/Enabled comes twice in one object/
  await t.rejects(parsePlan(twice), { name: 'PlanError', message: pointer })
  await t.rejects(parsePlan(JSON.stringify({ TemplateBody: twice })), { name: 'PlanError', message: pointer })
  await t.resolves(parsePlan('{ "a": 12345678901234567890123 }'), 'numbers of other resources are taken as they are')
})

t.test('a role whose blocks are not in the plan: said with its address', async (t) => {
  const { notEvaluated } = verifyPlanned(documentsOf(ofTerraform({})))
  t.match(
    notEvaluated.filter(({ what }) => what === 'role').map(({ why }) => why).join('\n'),
    /aws_iam_role\.service\.inline_policy is known only after the apply, .* dynamic block/
  )
})
