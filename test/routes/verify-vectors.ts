import t from 'tap'
import type { Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { startFakeAws } from '../fake-aws.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { immediateRetry } from '../fake-aws/immediate-retry.js'
import { emptyWorld, type FakeWorld } from '../fake-aws/world.js'
import { startApp } from '../helper.js'
import { reportFaults } from '../verification/conforms.js'
import { MISTAKES } from '../verification/misconfigurations.js'
import { VECTORS } from '../verification/vectors.js'
import { unwrapGrants } from '../../src/verify/read/key-input.js'

const textOf = (document: unknown): string => (typeof document === 'string' ? document : JSON.stringify(document))
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

/**
 * The documents of a request as a KMS and an IAM hold them: two inline policies and attached ones by turns, a
 * boundary as managed policy.
 */
function worldOf ({ keys, roles }: VerifyDocumentsRequest): FakeWorld {
  const managedPolicies: Record<string, string> = {}
  const fakeRoles = roles.map(({ roleArn, identityPolicies, permissionsBoundary, trustPolicy }) => {
    const managed = (name: string, document: unknown): string => {
      const arn = `${roleArn.slice(0, roleArn.indexOf(':role/'))}:policy/${name}`
      managedPolicies[arn] = textOf(document)
      return arn
    }
    return [
      nameOf(roleArn),
      {
        arn: roleArn,
        trustPolicy: textOf(trustPolicy),
        inline: Object.fromEntries(
          identityPolicies.flatMap(({ name, document }, index) => (index % 2 === 0 ? [[name, textOf(document)]] : []))
        ),
        attached: identityPolicies.flatMap(({ name, document }, index) =>
          index % 2 === 1 ? [managed(name, document)] : []
        ),
        ...(permissionsBoundary === undefined ? {} : { boundary: managed('Boundary', permissionsBoundary) })
      }
    ]
  })
  return {
    ...emptyWorld(),
    accountId: keys[0]?.kmsKeyArn.split(':')[4] ?? '',
    keys: Object.fromEntries(
      keys.map(({ kmsKeyArn, keyPolicy, grants = [], metadata = {} }) => [
        kmsKeyArn,
        { policy: textOf(keyPolicy), grants: unwrapGrants(grants), metadata: withTimes(metadata) }
      ])
    ),
    roles: Object.fromEntries(fakeRoles),
    managedPolicies
  }
}

/** KMS sends times as seconds. */
function withTimes (metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      name.endsWith('Date') && typeof value === 'string' ? Date.parse(value) / 1_000 : value
    ])
  )
}

const errors = ({ findings }: Report): Set<string> =>
  new Set(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code))
const words = ({ checks }: Report): unknown =>
  checks.map(({ principal, action, via, documented, effective, missingFrom }) => [
    principal.id,
    action,
    via,
    documented,
    effective,
    missingFrom
  ])

t.test('the vectors and the mistakes, over HTTP: by documents, and where AWS holds the same', async (t) => {
  t.teardown(useFakeCredentials())
  const fake = await startFakeAws()
  const policySource = createPolicySource({
    timeoutMs: 120_000,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  t.teardown(async () => {
    policySource.close()
    await fake.close()
  })
  const { agent } = await startApp(t, { policySource })
  let live = 0
  for (const { name, request, verdicts, errors: expected, findings = [] } of [...VECTORS, ...MISTAKES]) {
    const given = await agent.post('/verify/documents').send(request)
    t.equal(given.status, 200, name)
    t.equal(reportFaults(given.body), '', name)
    t.match(given.body.verdicts, verdicts, name)
    t.same(errors(given.body), new Set(expected), name)
    for (const code of findings)
      t.ok(
        given.body.findings.some((finding: { code: string }) => finding.code === code),
        `${name}: ${code}`
      )
    // What AWS refuses to store is not held by AWS.
    if (given.body.findings.some(({ code }: { code: string }) => code === 'NOT_STORABLE')) continue
    const { context, serviceControlPolicies, resourceControlPolicies, keys, usage } = request
    // What an asker knows, and the policies of an organization, come with documents; the role's account alone reads
    // its IAM.
    if (
      context !== undefined ||
      serviceControlPolicies !== undefined ||
      resourceControlPolicies !== undefined ||
      usage.roleArns[0]?.split(':')[4] !== keys[0]?.kmsKeyArn.split(':')[4]
    )
      continue
    live++
    fake.world = worldOf(request)
    const read = await agent.post('/verify').send({ usage })
    t.equal(read.status, 200, name)
    t.equal(reportFaults(read.body), '', name)
    t.same(words(read.body), words(given.body), `${name}: the same checks`)
    t.same(read.body.verdicts, given.body.verdicts, name)
    t.same(
      read.body.findings.map(({ code }: { code: string }) => code),
      given.body.findings.map(({ code }: { code: string }) => code),
      name
    )
  }
  t.ok(live >= 20, `${live} of them live`)
})
