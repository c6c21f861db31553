import fc from 'fast-check'
import t from 'tap'
import type { Remediation, Report, VerifyDocumentsBody } from '../../schemas/verification.js'
import { startApp } from '../helper.js'
import { ACCOUNT, document, payloadOf, requests } from '../oracle/s3-requests.js'

const RUNS = Number(process.env['S3_REMEDIATION_RUNS'] ?? 60)
const TRUST = document([
  {
    Effect: 'Allow',
    Principal: { Service: 'personalize.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } }
  }
])

/** The request with the changes in force. */
function changed (body: VerifyDocumentsBody, { bucketPolicies = [], rolePolicies }: Remediation): VerifyDocumentsBody {
  return {
    ...body,
    buckets: (body.buckets ?? []).map((each) => ({
      ...each,
      ...bucketPolicies.flatMap(({ bucket, policy }) => (bucket === each.bucket ? [{ policy }] : []))[0]
    })),
    roles: body.roles.map((role) => ({
      ...role,
      identityPolicies: [
        ...role.identityPolicies,
        ...rolePolicies.map(({ policyName, policy }) => ({ name: policyName, document: policy }))
      ]
    }))
  }
}

const { app } = await startApp(t)
async function verify (payload: VerifyDocumentsBody): Promise<Report> {
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/verify/documents', payload })
  if (statusCode !== 200) throw new Error(`${statusCode} ${body}`)
  return JSON.parse(body)
}

const statementsOf = (policy: unknown): unknown[] => Object(policy).Statement

function faultsOf (body: VerifyDocumentsBody, report: Report, after: Report): string[] {
  const { bucketPolicies = [], rolePolicies, cannotFix } = report.remediation ?? { rolePolicies: [], cannotFix: [] }
  const faults: string[] = []
  for (const { policy, before, relaxes } of bucketPolicies) {
    const [old, now] = [statementsOf(body.buckets?.[0]?.policy), statementsOf(policy)].map((list = []) => list.map((each) => JSON.stringify(each)))
    if (JSON.stringify(statementsOf(before)) !== JSON.stringify(statementsOf(body.buckets?.[0]?.policy))) faults.push('before is another')
    const isChanged = old?.some((text, index) => now?.[index] !== text)
    if (isChanged === true && relaxes.length === 0) faults.push('a statement is not what it was')
    for (const text of now?.slice(old?.length) ?? []) {
      const { Effect, Principal } = JSON.parse(text)
      if (Effect !== 'Allow' || JSON.stringify(Principal).includes('"*"')) faults.push(`added: ${text}`)
    }
    if (Buffer.byteLength(JSON.stringify(policy)) > 20_480) faults.push('too large')
  }
  for (const { policy } of rolePolicies)
    for (const { Effect, Resource } of policy.Statement)
      if (Effect !== 'Allow' || Resource === '*') faults.push(`role: ${JSON.stringify(policy)}`)
  if (after.verdict !== 'pass' && cannotFix.length === 0) faults.push(`${after.verdict} with the changes, and nothing in cannotFix`)
  const ranks = ['fail', 'indeterminate', 'pass']
  if (ranks.indexOf(after.verdict) < ranks.indexOf(report.verdict)) faults.push(`worse: ${after.verdict}`)
  if (report.verdict === 'pass' && report.remediation !== undefined) faults.push('a remedy of nothing')
  const steps = after.remediation
  if (steps !== undefined && [...(steps.bucketPolicies ?? []), ...steps.rolePolicies].length > 0) faults.push('a second change is needed')
  for (const each of report.s3Checks ?? []) {
    const now = after.s3Checks?.find((other) => JSON.stringify([other.principal, other.action]) === JSON.stringify([each.principal, each.action]))
    if (each.effective === 'allowed' && now?.effective !== 'allowed') faults.push(`${each.action} was allowed`)
    if (each.effective === 'explicitDeny' && now?.effective !== 'explicitDeny') faults.push(`${each.action} is denied no more`)
  }
  return faults
}

t.test('random policies: the changes make the same request pass, or what cannot be fixed is said', async (t) => {
  let passing = 0
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const plain = payloadOf(request)
      const body = { ...plain, roles: plain.roles.map((role) => ({ ...role, trustPolicy: TRUST })) }
      const report = await verify(body)
      const after = report.remediation === undefined ? report : await verify(changed(body, report.remediation))
      if (report.verdict !== 'pass' && after.verdict === 'pass') passing++
      const faults = faultsOf(body, report, after)
      if (faults.length > 0) throw new Error(faults.join('\n'))
    }),
    { numRuns: RUNS }
  )
  t.ok(passing > 0, `${passing} pass with the changes`)
})
