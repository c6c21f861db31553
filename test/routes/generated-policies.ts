import fc from 'fast-check'
import t from 'tap'
import type { PoliciesResponse } from '../../schemas/generation.js'
import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import type { Report, VerifyDocumentsBody } from '../../schemas/verification.js'
import { groupBy } from '../../src/group-by.js'
import { arbitraryUsage, withLocations } from '../arbitrary-usage.js'
import { startApp } from '../helper.js'

const RUNS = Number(process.env['GENERATED_POLICIES_RUNS'] ?? 40)
const { app } = await startApp(t)

async function post<T> (url: string, payload: object): Promise<T> {
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload })
  if (statusCode !== 200 && statusCode !== 204) throw new Error(`${url}: ${statusCode} ${body}`)
  return JSON.parse(body === '' ? 'null' : body)
}

const metadata = (kmsKeyArn: string): object => ({
  Arn: kmsKeyArn,
  AWSAccountId: kmsKeyArn.split(':')[4],
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: 'Enabled',
  Enabled: true,
  Origin: 'AWS_KMS',
  MultiRegion: kmsKeyArn.includes('/mrk-')
})
const bucketOf = (uri: string): string => uri.split('/')[2] ?? ''

interface Generated {
  keys: ReadonlyMap<string, PolicyDocument>
  roles: ReadonlyMap<string, { policy: PolicyDocument | null; trustPolicy: PolicyDocument | null }>
  buckets: ReadonlyMap<string, PolicyDocument>
}

/** By `POST /policies`, which has all of them in one response. */
async function together (usage: Usage): Promise<Generated> {
  const policies = await post<PoliciesResponse>('/policies', { usages: [usage] })
  const trust = new Map(policies.trustPolicies.map(({ roleArn, policy }) => [roleArn, policy]))
  return {
    keys: new Map(policies.keyPolicies.map(({ kmsKeyArn, policy }) => [kmsKeyArn, policy])),
    roles: new Map(
      policies.rolePolicies.map(({ roleArn, policy }) => [roleArn, { policy, trustPolicy: trust.get(roleArn) ?? null }])
    ),
    buckets: new Map((policies.bucketPolicies ?? []).map(({ bucket, policy }) => [bucket, policy]))
  }
}

/** By the routes that generate one document each; the bucket policies with the locations of one bucket at a time. */
async function apart (usage: Usage): Promise<Generated> {
  const { roleArns, kmsKeyArns = [], locations = [] } = usage
  const [policy, trustPolicy] = [
    await post<PolicyDocument | null>('/policies/iam', usage),
    await post<PolicyDocument>('/policies/trust', usage)
  ]
  const buckets = new Map<string, PolicyDocument>()
  for (const { uri } of locations) {
    const ofBucket = locations.filter((location) => bucketOf(location.uri) === bucketOf(uri))
    buckets.set(bucketOf(uri), await post('/policies/bucket', { ...usage, locations: ofBucket }))
  }
  // The Region of Personalize is that of the first of all keys.
  const region = { region: usage.region ?? kmsKeyArns[0]?.split(':')[3] }
  const keys = new Map<string, PolicyDocument>()
  for (const arns of groupBy(kmsKeyArns, (arn) => arn.split(':')[4] ?? ''))
    for (const arn of arns) keys.set(arn, await post('/policies/key', { ...usage, ...region, kmsKeyArns: arns }))
  return { keys, roles: new Map(roleArns.map((arn) => [arn, { policy, trustPolicy }])), buckets }
}

function documentsOf (usage: Usage, { keys, roles, buckets }: Generated): VerifyDocumentsBody {
  return JSON.parse(
    JSON.stringify({
      usage,
      // A key that is yet to be made has no documents.
      keys: [...keys].filter(([arn]) => !arn.endsWith('*')).map(([kmsKeyArn, keyPolicy]) => ({ kmsKeyArn, keyPolicy, metadata: metadata(kmsKeyArn) })),
      roles: [...roles].map(([roleArn, { policy, trustPolicy }]) => ({
        roleArn,
        identityPolicies: policy === null ? [] : [{ name: 'Personalize', document: policy }],
        trustPolicy
      })),
      buckets: [...buckets].map(([bucket, policy]) => ({ bucket, policy, region: usage.region, encryption: null }))
    })
  )
}

/** What the report may find fault with, though the policies are right. */
function wrongs (usage: Usage, { verdicts, s3Checks = [], checks, findings }: Report): string[] {
  const isStrict = usage.sourceConditions === 'strict'
  const own = usage.roleArns[0]?.split(':')[4]
  const faults: string[] = []
  for (const check of s3Checks) {
    // Whether the service sends the source keys, AWS does not say.
    const open = isStrict && check.principal.type === 'service'
    if (check.effective !== (open ? 'conditional' : 'allowed')) faults.push(`${check.principal.id} ${check.resource} ${check.action}: ${check.effective}`)
    const account = usage.locations?.find(({ uri }) => bucketOf(uri) === check.bucket)?.accountId ?? own
    // Of buckets of other accounts AWS says nothing.
    const documented = open || account !== own ? 'indeterminate' : 'pass'
    if (check.documented !== documented) faults.push(`${check.principal.id} ${check.resource} ${check.action}: documented ${check.documented}`)
  }
  for (const check of checks)
    if (check.documented === 'fail') faults.push(`${check.principal.id} ${check.kmsKeyArn} ${check.action}: ${check.documented} ${check.effective}`)
  for (const { code, severity, detail } of findings)
    if ((severity === 'error' && !code.startsWith('KEY_')) || ['BROADER_THAN_NEEDED', 'NOT_STORABLE', 'MALFORMED_POLICY', 'INERT_STATEMENT', 'PREFIX_NAMES_SIBLINGS'].includes(code)) faults.push(`${code} ${detail}`)
  if (!isStrict && s3Checks.every(({ documented }) => documented === 'pass') && checks.length === 0 && verdicts.documented !== 'pass')
    faults.push(`verdicts ${JSON.stringify(verdicts)}`)
  return faults
}

for (const [title, generate] of [['together', together], ['apart', apart]] as const)
  t.test(`policies generated ${title} – any usage with locations – pass when they are verified`, async () => {
    await fc.assert(
      fc.asyncProperty(withLocations(arbitraryUsage()), async (usage) => {
        const generated = await generate(usage)
        const principals = [...generated.buckets.values()].flatMap(({ Statement }) => Statement.map(({ Principal }) => JSON.stringify(Principal)))
        if (principals.some((text) => text === undefined || text.includes('*'))) throw new Error('everyone')
        const report = await post<Report>('/verify/documents', documentsOf(usage, generated))
        const faults = wrongs(usage, report)
        if (faults.length > 0) throw new Error(faults.join('\n'))
      }),
      { numRuns: RUNS }
    )
  })
