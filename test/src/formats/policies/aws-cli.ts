import { deepStrictEqual } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import fc from 'fast-check'
import t from 'tap'
import { policyForm } from '../../../../src/formats/policies/policy-forms.js'
import type { PoliciesModel } from '../../../../src/formats/policies/model.js'
import { BUCKET, GENERATED, hostileModel, KEY, missing, NEW_KEY, OTHER_KEY, policiesOf } from './example-policies.js'

const NEW_KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab'
const CURRENT = '{"Version":"2012-10-17","Statement":[{"Sid":"Present"}]}'

/** Stands for the AWS CLI: notes each call, keeps each file that it is given, and prints what AWS has. */
const AWS = `#!/bin/sh
for argument in "$@"; do printf '%s\\n' "$argument" >> calls; done
echo >> calls
count=$(($(cat count 2> /dev/null || echo 0) + 1))
echo "$count" > count
case "$2" in
  get-key-policy | get-role) [ -z "$FAIL" ] || { echo "An error occurred (AccessDenied) when calling X" >&2; exit 254; }
    echo '${CURRENT}' ;;
  get-role-policy) echo "An error occurred (NoSuchEntity) when calling X" >&2; exit 254 ;;
  get-bucket-policy) echo "An error occurred (\${FAIL:-NoSuchBucketPolicy}) when calling X" >&2; exit 254 ;;
  create-key) echo '${NEW_KEY_ARN}' ;;
esac
for argument in "$@"; do
  case "$argument" in file://*) cp "\${argument#file://}" "$(printf 'put-%03d' "$count")" ;; esac
done
`

interface Run {
  status: number | null
  output: string
  calls: string[][]
  /** The documents that were put, in their order. */
  put: unknown[]
}

function run (
  model: PoliciesModel,
  { shell = 'sh', args = ['--yes'], input = '', fail = '' }: { shell?: string; args?: string[]; input?: string; fail?: string } = {}
): Run {
  const folder = mkdtempSync(join(tmpdir(), 'aws-cli-'))
  try {
    writeFileSync(join(folder, 'aws'), AWS)
    chmodSync(join(folder, 'aws'), 0o755)
    writeFileSync(join(folder, 'personalize.sh'), policyForm('aws', model))
    const env = { PATH: `${folder}:${process.env['PATH']}`, FAIL: fail }
    const ran = spawnSync(shell, ['personalize.sh', ...args], { cwd: folder, env, input, encoding: 'utf8' })
    const files = readdirSync(folder)
    const calls = files.includes('calls') ? readFileSync(join(folder, 'calls'), 'utf8') : ''
    return {
      status: ran.status,
      output: ran.stdout + ran.stderr,
      calls: calls.split('\n\n').filter(Boolean).map((call) => call.split('\n')),
      put: files
        .filter((name) => name.startsWith('put-'))
        .sort()
        .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const skip = missing('bash', '--version')

t.test('syntax: bash and sh accept the script', { skip }, async (t) => {
  for (const model of [GENERATED, NEW_KEY])
    for (const shell of ['bash', 'sh']) {
      const { status, stderr } = spawnSync(shell, ['-n'], { input: policyForm('aws', model), encoding: 'utf8' })
      t.equal(status, 0, stderr)
    }
})

t.test('--yes: reads each policy, shows the difference, and puts the file', { skip }, async (t) => {
  const { status, output, calls, put } = run(GENERATED)
  t.equal(status, 0, output)
  t.strictSame(put, policiesOf(GENERATED))
  t.match(output, /-.*"Sid": "Present"/, 'the difference')
  const key = ['--region', 'us-east-1', '--key-id', KEY.split('/').at(-1)]
  const otherKey = ['--region', 'eu-west-1', '--key-id', OTHER_KEY.split('/').at(-1)]
  t.match(
    calls.map(([service, command, ...args]) => [service, command, args.join(' ')]),
    [
      ['iam', 'get-role', /--role-name Personalize/],
      ['iam', 'update-assume-role-policy', /--role-name Personalize --policy-document file:/],
      ['kms', 'get-key-policy', `${key.join(' ')} --policy-name default`],
      ['kms', 'put-key-policy', `${key.join(' ')} --policy-name default --policy file://`],
      ['kms', 'get-key-policy', otherKey.join(' ')],
      ['kms', 'put-key-policy', otherKey.join(' ')],
      ['iam', 'get-role-policy', /--role-name Personalize --policy-name PersonalizeKmsAccess/],
      ['iam', 'put-role-policy', /--role-name Personalize --policy-name PersonalizeKmsAccess --policy-document file:/],
      ['s3api', 'get-bucket-policy', `--bucket ${BUCKET}`],
      ['s3api', 'put-bucket-policy', `--bucket ${BUCKET} --policy file://`]
    ]
  )
})

t.test('question: only y puts a file; the end of the input does not', { skip }, async (t) => {
  t.equal(run(GENERATED, { args: [], input: 'y\nn\nn\ny\nno\n' }).put.length, 2)
  const { status, put, output } = run(GENERATED, { args: [] })
  t.equal(status, 0, output)
  t.strictSame(put, [])
})

t.test('policy that cannot be read: nothing is put, the error is displayed', { skip }, async (t) => {
  const { status, put, output } = run({ keyPolicies: GENERATED.keyPolicies ?? [] }, { fail: 'AccessDenied' })
  t.equal(status, 1)
  t.strictSame(put, [])
  t.match(output, 'AccessDenied')
  t.strictSame(run({ bucketPolicies: GENERATED.bucketPolicies ?? [] }, { fail: 'AccessDenied' }).put, [])
})

t.test('key that does not exist yet: the role policy gets the ARN of the new key', { skip }, async (t) => {
  const { put, calls } = run(NEW_KEY)
  t.strictSame(put[0], policiesOf(NEW_KEY)[0])
  t.match(put[1], { Statement: [{ Resource: NEW_KEY_ARN }] })
  t.match(calls[0]?.slice(0, 2), ['kms', 'create-key'])
  t.match(calls[1], ['kms', 'enable-key-rotation', '--key-id', NEW_KEY_ARN])
  const refused = run(NEW_KEY, { args: [], input: 'n\ny\n' })
  t.not(refused.status, 0, 'without a key there is no policy that names it')
  t.strictSame(refused.put, [])
})

t.test('large policy: without white space where KMS counts it', async (t) => {
  const Statement = Array.from({ length: 300 }, (_, index) => ({ Sid: `Statement${index}`, Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' }))
  const policy = { Version: '2012-10-17', Statement }
  t.ok(JSON.stringify(policy, null, 2).length > 32_768)
  const text = policyForm('aws', { keyPolicies: [{ kmsKeyArn: KEY, policy }] })
  t.match(text, `\n${JSON.stringify(policy)}\n`)
})

t.test('hostile texts: every file is the policy, and no other command runs', { skip }, async () => {
  fc.assert(
    fc.property(hostileModel, (model) => {
      // A policy name goes to a shell as one word; AWS has names without line breaks and null characters.
      const rolePolicies = (model.rolePolicies ?? []).map((role) => ({ ...role, policyName: "a'b $(id) `id`" }))
      const { put, status, calls } = run({ ...model, rolePolicies })
      deepStrictEqual(status, 0)
      deepStrictEqual(put, policiesOf(model))
      for (const [service = ''] of calls) deepStrictEqual(['kms', 'iam', 's3api'].includes(service), true)
      for (const call of calls) deepStrictEqual(!call.includes('put-role-policy') || call.includes("a'b $(id) `id`"), true)
    }),
    { numRuns: 40 }
  )
})

t.test('hostile texts: a shell reads comments, documents and names as such', { skip }, async () => {
  fc.assert(
    fc.property(hostileModel, (model) => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: policyForm('aws', model), encoding: 'utf8' })
      deepStrictEqual([status, stderr], [0, ''])
    }),
    { numRuns: 40 }
  )
})
