import { deepStrictEqual } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from '@cdktf/hcl2json'
import fc from 'fast-check'
import t from 'tap'
import { policyForm } from '../../../../src/formats/policies/policy-forms.js'
import { BUCKET, GENERATED, hostileModel, KEY, missing, NEW_KEY, OTHER_KEY, policiesOf } from './example-policies.js'

const skip = missing('terraform', 'version')
const POLICY = /^ {2}(?:policy|assume_role_policy) = (jsonencode\([^]*?^ {2}\}?\}\))$/gm
const POLICY_ARGUMENTS = ['policy', 'assume_role_policy']

/** What Terraform makes of these expressions, in a folder without a provider. */
function evaluate (file: string, outputs: (name: (index: number) => string) => string): unknown[] {
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'))
  try {
    writeFileSync(join(folder, file), outputs((index) => `policy${String(index).padStart(4, '0')}`))
    terraform(folder, ['apply', '-auto-approve', '-input=false', '-no-color'])
    const values: Record<string, { value: string }> = JSON.parse(terraform(folder, ['output', '-json']))
    return Object.keys(values)
      .sort()
      .map((name) => JSON.parse(values[name]?.value ?? ''))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function terraform (folder: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync('terraform', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
  return stdout
}

const evaluateHcl = (text: string): unknown[] =>
  evaluate('main.tf', (name) =>
    [...text.matchAll(POLICY)]
      .map(([, expression = ''], index) => `output "${name(index)}" {\n  value = ${expression}\n}\n`)
      .join('\n')
  )

/** The bodies of the resources of a configuration in JSON, in the order of the policies. */
function resourceBodies (text: string): Array<Record<string, string>> {
  const { resource }: { resource: Record<string, Record<string, Record<string, string>>> } = JSON.parse(text)
  return ['aws_iam_role', 'aws_kms_key_policy', 'aws_iam_role_policy', 'aws_s3_bucket_policy'].flatMap((type) =>
    Object.values(resource[type] ?? {})
  )
}

const evaluateJson = (text: string): unknown[] =>
  evaluate('main.tf.json', (name) => {
    const values = resourceBodies(text).flatMap((body) => POLICY_ARGUMENTS.flatMap((argument) => body[argument] ?? []))
    const { '//': comment } = JSON.parse(text)
    const outputs = values.map((value, index) => [name(index), { '//': comment, value }])
    return JSON.stringify({ '//': comment, output: Object.fromEntries(outputs) })
  })

/** Terraform holds every text in the normalization form C; policies of AWS have no character that this changes. */
const inTerraform = (policies: unknown[]): unknown[] => JSON.parse(JSON.stringify(policies).normalize('NFC'))

/** The configuration as hcl2json reads it, with the policies as values: it does not evaluate functions. */
async function readHcl (text: string): Promise<Record<string, Record<string, [Record<string, unknown>]>>> {
  const values = text.replaceAll(' = jsonencode(', ' = ').replace(/^( {2}\}?\})\)$/gm, '$1')
  const json = JSON.stringify(await parse('personalize.tf', values))
  return JSON.parse(json.replace(/([$%])(?=\1\{)/g, '')).resource
}

t.test('Terraform HCL', async (t) => {
  const text = policyForm('terraform', GENERATED)

  t.test('read by hcl2json: every resource has the arguments of the provider and the policy', async (t) => {
    const resource = await readHcl(text)
    const [trust, key, otherKey, role, bucket] = policiesOf(GENERATED)
    t.strictSame(resource, {
      aws_iam_role: {
        personalize_Personalize: [{ name: 'Personalize', path: '/service-role/', assume_role_policy: trust }]
      },
      aws_kms_key_policy: {
        personalize_1234abcd_12ab_34cd_56ef_1234567890ab: [
          { key_id: '1234abcd-12ab-34cd-56ef-1234567890ab', policy: key }
        ],
        personalize_mrk_1234abcd12ab34cd56ef1234567890ab: [
          { key_id: 'mrk-1234abcd12ab34cd56ef1234567890ab', policy: otherKey }
        ]
      },
      aws_iam_role_policy: {
        personalize_Personalize: [
          { name: 'PersonalizeKmsAccess', role: '${aws_iam_role.personalize_Personalize.name}', policy: role }
        ]
      },
      aws_s3_bucket_policy: { [`personalize_${BUCKET.replaceAll('-', '_')}`]: [{ bucket: BUCKET, policy: bucket }] }
    })
  })

  t.test('comments: owner, account, Region, reasons, sources and warnings', async (t) => {
    t.match(text, /^# Only one resource may own the policy of a key/m)
    t.match(text, /^# Provider: account 444455556666, Region eu-west-1\.$/m)
    t.match(text, /^# Warning \(CROSS_ACCOUNT_KEY\): /m)
    t.match(text, new RegExp(`^# Of: ${OTHER_KEY}$`, 'm'))
    for (const { statements = [] } of GENERATED.keyPolicies ?? [])
      for (const { source } of statements) t.ok(text.includes(`\n      # ${source}\n`), source)
  })

  t.test('key that does not exist yet: it is created, and the role policy refers to it', async (t) => {
    const resource = await readHcl(policyForm('terraform', NEW_KEY))
    t.strictSame(resource['aws_kms_key']?.['personalize'], [
      { description: 'Amazon Personalize', enable_key_rotation: true, policy: policiesOf(NEW_KEY)[0] }
    ])
    t.match(resource['aws_iam_role_policy'], {
      personalize_Personalize: [
        { role: 'Personalize', policy: { Statement: [{ Resource: '${aws_kms_key.personalize.arn}' }] } }
      ]
    })
    t.notOk('aws_kms_key_policy' in resource, 'one owner of the policy')
  })

  t.test('terraform fmt: changes nothing', { skip }, async (t) => {
    for (const model of [GENERATED, NEW_KEY]) {
      const folder = t.testdir({ 'personalize.tf': policyForm('terraform', model) })
      t.equal(terraform(folder, ['fmt', '-check', '-diff']), '')
    }
  })

  t.test('terraform apply: gives the same policies', { skip }, async (t) => {
    t.strictSame(evaluateHcl(text), policiesOf(GENERATED))
  })

  t.test('hostile texts: terraform gives the same policies', { skip }, async () => {
    fc.assert(
      fc.property(hostileModel, (model) => {
        deepStrictEqual(evaluateHcl(policyForm('terraform', model)), inTerraform(policiesOf(model)))
      }),
      { numRuns: 40 }
    )
  })

  t.test('hostile texts: hcl2json reads the same policies', async () => {
    await fc.assert(
      fc.asyncProperty(hostileModel, async (model) => {
        const keyPolicies = model.keyPolicies.slice(0, 1)
        const resource = await readHcl(policyForm('terraform', { keyPolicies }))
        const read = Object.values(resource['aws_kms_key_policy'] ?? {}).map(([body]) => body['policy'])
        deepStrictEqual(read, inTerraform(policiesOf({ keyPolicies })))
      }),
      { numRuns: 40 }
    )
  })
})

t.test('Terraform JSON', async (t) => {
  const text = policyForm('terraform-json', GENERATED)

  t.test('every resource has the key id, not the ARN, and its notes under //', async (t) => {
    const bodies = resourceBodies(text)
    t.match(bodies, [
      { name: 'Personalize', path: '/service-role/' },
      { key_id: KEY.split('/').at(-1) },
      { key_id: OTHER_KEY.split('/').at(-1) },
      { name: 'PersonalizeKmsAccess', role: '${aws_iam_role.personalize_Personalize.name}' },
      { bucket: BUCKET }
    ])
    t.match(bodies[1]?.['//'], /Only one resource may own/)
  })

  t.test('key that does not exist yet: the role policy refers to it', async (t) => {
    const { resource } = JSON.parse(policyForm('terraform-json', NEW_KEY))
    t.strictSame(JSON.parse(resource.aws_kms_key.personalize.policy), policiesOf(NEW_KEY)[0])
    t.equal(
      JSON.parse(resource.aws_iam_role_policy.personalize_Personalize.policy).Statement[0].Resource,
      '${aws_kms_key.personalize.arn}'
    )
  })

  t.test('terraform apply: gives the same policies', { skip }, async (t) => {
    t.strictSame(evaluateJson(text), policiesOf(GENERATED))
  })

  t.test('hostile texts: terraform gives the same policies', { skip }, async () => {
    fc.assert(
      fc.property(hostileModel, (model) => {
        deepStrictEqual(evaluateJson(policyForm('terraform-json', model)), inTerraform(policiesOf(model)))
      }),
      { numRuns: 40 }
    )
  })
})
