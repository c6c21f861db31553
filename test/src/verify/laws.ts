import fc from 'fast-check'
import { applyPatch } from 'rfc6902'
import t from 'tap'
import type { Usage, VerifiableUsage } from '../../../schemas/usage.js'
import type { Report, VerifyDocumentsRequest } from '../../../schemas/verification.js'
import { generatePolicies } from '../../../src/policies/generate.js'
import { ROLE } from '../../helper.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { ServiceError } from '../../../src/errors.js'
import { arbitraryUsage } from '../../arbitrary-usage.js'
import { reportFaults } from '../../verification/conforms.js'
import { lockedKeysAreLeft } from '../../verification/locked-keys.js'
import {
  allow,
  codes,
  DELEGATION,
  FOR_SERVICE,
  identity,
  metadataOf,
  PAGE_KEY_ACTIONS,
  policy,
  SERVICE,
  situation,
  type Document,
  type Statement
} from '../../verification/documents.js'

/** The report, or the pointers of what contains no policy. */
function reportOrRefusal (request: VerifyDocumentsRequest): Report | { refused: string[] } {
  try {
    return verifyDocuments(request)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'INCONSISTENT_USAGE') throw error
    return { refused: error.faults.map(({ pointer }) => pointer) }
  }
}

const hasStatement = (document: unknown): boolean =>
  /"Statement"/.test(typeof document === 'string' ? document : JSON.stringify(document))

/** Usages whose keys are where Personalize is: elsewhere S3 takes no key. */
const usages = arbitraryUsage({ keys: 'always' }).map((usage): VerifiableUsage => {
  const region = usage.region ?? usage.kmsKeyArns?.[0]?.split(':')[3] ?? ''
  const keys = [...new Set((usage.kmsKeyArns ?? []).map((arn) => arn.split(':').with(3, region).join(':')))]
  return { ...usage, region, kmsKeyArns: keys }
})
const lenient = usages.map((usage): VerifiableUsage => ({
  ...usage,
  sourceConditions: usage.sourceConditions === 'strict' ? 'ifExists' : (usage.sourceConditions ?? 'none')
}))
const accountOf = (arn: string): string => arn.split(':')[4] ?? ''
const delegates = (usage: Usage): boolean => usage.delegateToIam !== false

/** What the service generates for a usage, as documents to verify. */
function generated (usage: VerifiableUsage): VerifyDocumentsRequest {
  const { keyPolicies, rolePolicies, trustPolicies } = generatePolicies({ usages: [usage] })
  return structuredClone({
    usage,
    keys: keyPolicies.map(({ kmsKeyArn, policy }) => ({
      kmsKeyArn,
      keyPolicy: policy,
      grants: [],
      metadata: metadataOf(kmsKeyArn)
    })),
    roles: rolePolicies.map(({ roleArn, policy }) => ({
      roleArn,
      identityPolicies: policy === null ? [] : [{ name: 'PersonalizeKmsAccess', document: policy }],
      trustPolicy: trustPolicies.find((trust) => trust.roleArn === roleArn)?.policy ?? {}
    }))
  })
}

function documentOf (input: unknown): Document {
  if (typeof input === 'object' && input !== null && 'Statement' in input && Array.isArray(input.Statement))
    return { ...input, Statement: input.Statement }
  throw new TypeError('not a generated policy')
}
const listed = (value: unknown): string[] => [value].flat().map(String)

/** What is taken away: one action of a statement, or the whole of it. */
interface Loss {
  kmsKeyArn?: string
  roleArns: string[]
  service: boolean
  keys: string[]
  actions: string[]
}

/** A working request with one action, or one statement, taken out of one policy. */
function broken (
  usage: VerifiableUsage,
  pick: number,
  whole: boolean
): { request: VerifyDocumentsRequest; loss: Loss } | undefined {
  const request = generated(usage)
  const places = [
    ...request.keys.map((key) => ({ key, role: undefined, name: undefined, document: documentOf(key.keyPolicy) })),
    ...request.roles.flatMap((role) =>
      role.identityPolicies.map(({ name, document }) => ({
        key: undefined,
        role,
        name,
        document: documentOf(document)
      }))
    )
  ].flatMap((place) =>
    place.document.Statement.flatMap((statement, index) =>
      statement['Sid'] === 'EnableIAMPolicies' ? [] : [{ ...place, statement, index }]
    )
  )
  const place = places[pick % places.length]
  if (place === undefined) return undefined
  const { document, statement, index } = place
  const actions = listed(statement['Action'])
  const lost =
    whole || actions.length === 1 ? actions : [actions[Math.floor(pick / places.length) % actions.length] ?? '']
  const rest: Statement = { ...statement, Action: actions.filter((action) => !lost.includes(action)) }
  const left = {
    ...document,
    Statement: document.Statement.flatMap((other, at) =>
      at !== index ? [other] : lost.length === actions.length ? [] : [rest]
    )
  }
  if (place.key !== undefined) place.key.keyPolicy = left
  else place.role.identityPolicies = [{ name: place.name, document: left }]
  const principal = JSON.stringify(statement['Principal'] ?? '')
  return {
    request,
    loss: {
      ...(place.key === undefined ? {} : { kmsKeyArn: place.key.kmsKeyArn }),
      roleArns:
        place.role !== undefined
          ? [place.role.roleArn]
          : usage.roleArns.filter((arn) => principal.includes(`"${arn}"`)),
      service: principal.includes(SERVICE),
      keys: place.key !== undefined ? [place.key.kmsKeyArn] : listed(statement['Resource']),
      actions: lost
    }
  }
}

const ACCESS_CODES = new Set([
  'SERVICE_PRINCIPAL_NOT_ALLOWED',
  'ROLE_NOT_ALLOWED',
  'ROLE_KEY_POLICY_INCOMPLETE',
  'ROLE_IAM_POLICY_INCOMPLETE'
])
const accessFindings = (report: Report): Report['findings'] =>
  report.findings.filter(({ code }) => ACCESS_CODES.has(code))

/** Does to the documents what a remediation says. */
function apply (request: VerifyDocumentsRequest, { remediation }: Report): VerifyDocumentsRequest {
  const { keyPolicies = [], rolePolicies = [], trustPolicies = [] } = remediation ?? {}
  return {
    ...request,
    keys: request.keys.map((key) => ({
      ...key,
      keyPolicy: keyPolicies.find(({ kmsKeyArn }) => kmsKeyArn === key.kmsKeyArn)?.policy ?? key.keyPolicy
    })),
    roles: request.roles.map((role) => {
      const given = rolePolicies.find(({ roleArn }) => roleArn === role.roleArn)
      const trust = trustPolicies.find(({ roleArn }) => roleArn === role.roleArn)?.policy
      const others = role.identityPolicies.filter(({ name }) => name !== given?.policyName)
      return {
        ...role,
        ...(trust === undefined ? {} : { trustPolicy: trust }),
        identityPolicies:
          given === undefined ? role.identityPolicies : [...others, { name: given.policyName, document: given.policy }]
      }
    })
  }
}

const law = (name: string, property: fc.IProperty<unknown>, numRuns = 40): void => {
  t.test(name, (t) => {
    fc.assert(property, { numRuns, seed: 20261123 })
    t.end()
  })
}
const check = (truth: unknown, what: string): void => {
  if (truth !== true) throw new Error(what)
}
const equal = (a: unknown, b: unknown, what: string): void =>
  check(JSON.stringify(a) === JSON.stringify(b), `${what}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`)
const from = fc.nat({ max: 10_000 })

law(
  'what we generate passes',
  fc.property(lenient, (usage) => {
    const report = verifyDocuments(generated(usage))
    equal(report.verdicts, { documented: 'pass', effective: 'pass' }, 'verdicts')
    check(
      report.findings.every(({ severity }) => severity !== 'error') && report.remediation === undefined,
      codes(report).join()
    )
    equal(
      codes(report).includes('KEY_LOCKOUT'),
      !delegates(usage),
      'only a key policy without delegation locks everybody out'
    )
    equal(reportFaults(report), '', 'the schema')
  })
)

law(
  'strict source conditions pass where the asker knows that they are sent, and are open otherwise',
  fc.property(usages, (usage) => {
    const strict: VerifiableUsage = { ...usage, sourceConditions: 'strict' }
    const request = generated(strict)
    const open = verifyDocuments(request)
    equal(open.verdicts, { documented: 'indeterminate', effective: 'indeterminate' }, 'not known')
    check(codes(open).includes('ACCESS_DEPENDS_ON_CONDITION'), 'the finding says why')
    const accountId = accountOf(usage.roleArns[0] ?? '')
    const partition = usage.roleArns[0]?.split(':')[1]
    const service = {
      'aws:SourceAccount': accountId,
      'aws:SourceArn': `arn:${partition}:personalize:${usage.region}:${accountId}:dataset-group/a`
    }
    equal(verifyDocuments({ ...request, context: { service } }).verdict, 'pass', 'known')
    equal(
      verifyDocuments({ ...request, context: { service: { ...service, 'aws:SourceAccount': '999999999999' } } })
        .verdict,
      'fail',
      'another account'
    )
  })
)

law(
  'what is taken away is what is missed: that principal, that policy, those actions, and nothing else',
  fc.property(lenient, from, fc.boolean(), (usage, pick, whole) => {
    const result = broken(usage, pick, whole)
    if (result === undefined) return
    const { request, loss } = result
    const report = verifyDocuments(request)
    equal(report.verdict, 'fail', 'verdict')
    const place = loss.kmsKeyArn === undefined ? 'iamPolicy' : 'keyPolicy'
    for (const { kmsKeyArn, roleArn, action, documented, missingFrom } of report.checks) {
      const hit =
        loss.keys.includes(kmsKeyArn) &&
        loss.actions.includes(action) &&
        (roleArn === undefined ? loss.service : loss.roleArns.includes(roleArn))
      equal(
        { documented, missingFrom },
        hit ? { documented: 'fail', missingFrom: [place] } : { documented: 'pass', missingFrom: [] },
        `${kmsKeyArn} ${roleArn} ${action}`
      )
    }
    const found = accessFindings(report)
    const principals = new Set(
      found.flatMap(({ roleArn, kmsKeyArn, pairs = [{ roleArn, kmsKeyArn }] }) =>
        pairs.map((pair) => `${pair.roleArn ?? SERVICE} ${pair.kmsKeyArn}`)
      )
    )
    const expected = loss.keys.flatMap((key) =>
      [...(loss.service ? [SERVICE] : []), ...loss.roleArns].map((who) => `${who} ${key}`)
    )
    equal([...principals].sort(), [...expected].sort(), 'who and where')
    for (const finding of found) {
      const whole = finding.code !== 'ROLE_NOT_ALLOWED'
      check(
        whole
          ? JSON.stringify([...(finding.actions ?? [])].sort()) === JSON.stringify([...loss.actions].sort())
          : finding.actions?.every((action) => loss.actions.includes(action)),
        `${finding.code} ${finding.actions?.join()}`
      )
      check(
        finding.code === 'ROLE_NOT_ALLOWED' ||
          finding.code ===
            (loss.service
              ? 'SERVICE_PRINCIPAL_NOT_ALLOWED'
              : place === 'keyPolicy'
                ? 'ROLE_KEY_POLICY_INCOMPLETE'
                : 'ROLE_IAM_POLICY_INCOMPLETE'),
        finding.code
      )
    }
    equal(reportFaults(report), '', 'the schema')
  }),
  80
)

law(
  'delegation to IAM alone is not demanded',
  fc.property(lenient, (usage) => {
    const request = generated({ ...usage, delegateToIam: true })
    for (const key of request.keys) {
      const document = documentOf(key.keyPolicy)
      key.keyPolicy = { ...document, Statement: document.Statement.filter(({ Sid }) => Sid !== 'EnableIAMPolicies') }
    }
    const report = verifyDocuments(request)
    equal(report.verdict, 'pass', 'verdict')
    check(codes(report).includes('KEY_LOCKOUT'), 'but no principal may change the policy any more')
  })
)

const FOREIGN: Statement[] = [
  {
    Sid: 'Admins',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:role/Admin' },
    Action: ['kms:Put*', 'kms:Describe*'],
    Resource: '*'
  },
  {
    Sid: 'AllowPersonalizeRole',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:role/Another' },
    Action: 'kms:Encrypt',
    Resource: '*',
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
  },
  { Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::111122223333:user/gone' }, NotAction: 'kms:List*', Resource: '*' }
]

law(
  'a remediation, applied, makes the same request pass, and touches nothing foreign',
  fc.property(lenient, from, fc.boolean(), fc.subarray(FOREIGN), (usage, pick, whole, foreign) => {
    const result = broken(usage, pick, whole)
    if (result === undefined) return
    const { request } = result
    for (const key of request.keys)
      key.keyPolicy = { ...documentOf(key.keyPolicy), Statement: [...foreign, ...documentOf(key.keyPolicy).Statement] }
    const report = verifyDocuments(request)
    if (!delegates(usage) && codes(report).includes('KEY_LOCKOUT')) return check(lockedKeysAreLeft(report), 'no policy of a locked key, and why')
    equal(report.remediation?.cannotFix, [], 'nothing is left')
    equal(verifyDocuments(apply(request, report)).verdict, 'pass', 'after it')
    for (const { kmsKeyArn, policy: fixed, patch } of report.remediation?.keyPolicies ?? []) {
      const live = structuredClone(request.keys.find((key) => key.kmsKeyArn === kmsKeyArn)?.keyPolicy)
      check(
        applyPatch(live, JSON.parse(JSON.stringify(patch))).every((fault) => fault === null),
        'the patch fits'
      )
      equal(live, fixed, 'the patch gives the policy')
      equal(fixed.Statement.slice(0, foreign.length), foreign, 'foreign statements')
    }
  }),
  80
)

law(
  'statements for other principals change no check',
  fc.property(
    lenient,
    fc.subarray(FOREIGN, { minLength: 1 }),
    fc.option(from, { nil: undefined }),
    (usage, foreign, pick) => {
      const request = (pick === undefined ? undefined : broken(usage, pick, false)?.request) ?? generated(usage)
      const words = (report: Report): unknown => report.checks.map(({ matchedStatements: _, ...check }) => check)
      const before = verifyDocuments(request)
      for (const key of request.keys)
        key.keyPolicy = {
          ...documentOf(key.keyPolicy),
          Statement: [...foreign, ...documentOf(key.keyPolicy).Statement]
        }
      const after = verifyDocuments(request)
      equal(words(after), words(before), 'checks')
      equal(after.verdicts, before.verdicts, 'verdicts')
    }
  )
)

const CONDITIONS: Statement[] = [
  { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
  { StringLike: { 'aws:userid': 'AROA*:session' } },
  { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
  { StringEqualsIfExists: { 'aws:PrincipalTag/team': ['a', 'b'] } },
  { ArnLike: { 'aws:SourceArn': 'arn:aws:personalize:us-east-1:111122223333:*' } }
]
const session = ROLE.replace(':iam:', ':sts:').replace(/:role\/(.*\/)?/, ':assumed-role/') + '/personalize'
const conditional = fc
  .record({
    principal: fc.constantFrom<unknown>(
      { AWS: ROLE },
      { AWS: session },
      { Service: SERVICE },
      { AWS: ROLE, Service: SERVICE }
    ),
    actions: fc.subarray(PAGE_KEY_ACTIONS, { minLength: 1 }),
    condition: fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined })
  })
  .map(({ principal, actions, condition }) =>
    allow(principal, { Action: actions, ...(condition === undefined ? {} : { Condition: condition }) })
  )

law(
  'remediation: without a Deny fixes what fails whatever conditions are present, and widens nothing that only depends',
  fc.property(
    fc.array(conditional, { maxLength: 4 }),
    fc.subarray([DELEGATION, FOR_SERVICE]),
    fc.array(
      fc.record({
        actions: fc.subarray(PAGE_KEY_ACTIONS, { minLength: 1 }),
        condition: fc.constantFrom<Statement | undefined>(undefined, ...CONDITIONS)
      }),
      { maxLength: 2 }
    ),
    fc.subarray<'datasetGroup' | 'datasetImportJob' | 'datasetExportJob'>(
      ['datasetGroup', 'datasetImportJob', 'datasetExportJob'],
      { minLength: 1 }
    ),
    (statements, standing, ofRole, operations) => {
      const inIam = ofRole.map(({ actions, condition }): Statement => ({
        Effect: 'Allow',
        Action: actions,
        Resource: '*',
        ...(condition === undefined ? {} : { Condition: condition })
      }))
      const request = situation({
        operations,
        key: { keyPolicy: policy(...standing, ...statements) },
        role: { identityPolicies: [{ ...identity(...inIam), name: 'Own' }] }
      })
      const report = verifyDocuments(request)
      if (report.verdict === 'pass') return
      if (report.verdict === 'indeterminate') {
        equal(report.remediation?.keyPolicies, [], 'nothing is widened')
        return check((report.remediation?.cannotFix ?? []).length > 0, 'a person decides')
      }
      if (!standing.includes(DELEGATION) && standing.length + statements.length > 0) return check(lockedKeysAreLeft(report), 'no policy of a locked key, and why')
      equal(report.remediation?.cannotFix, [], 'nothing is left')
      equal(verifyDocuments(apply(request, report)).verdict, 'pass', 'after it')
    }
  ),
  150
)

const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value): Record<string, unknown> | string =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : JSON.stringify(value)
  )
const scrap = fc.constantFrom<unknown>(
  'Allow',
  'Deny',
  '*',
  'kms:*',
  'kms:Decrypt',
  7,
  null,
  true,
  [],
  {},
  SERVICE,
  { AWS: '*' },
  { Service: SERVICE },
  ['kms:*', 3],
  { StringEquals: { 'aws:SourceAccount': [1, null] } },
  { Odd: 1 },
  '${aws:x',
  ''
)
const hostile = fc.record(
  {
    Sid: scrap,
    Effect: scrap,
    Principal: scrap,
    NotPrincipal: scrap,
    Action: scrap,
    NotAction: scrap,
    Resource: scrap,
    Condition: scrap
  },
  { requiredKeys: [] }
)
const anyDocument = fc.oneof(
  json,
  fc
    .record(
      {
        Version: scrap,
        Id: scrap,
        Statement: fc.oneof(scrap, hostile, fc.array(fc.oneof(hostile, scrap), { maxLength: 4 }))
      },
      { requiredKeys: [] }
    )
    .map((value): Record<string, unknown> => value),
  fc.string()
)

law(
  'any document in place of a policy: a report, always the same, or a refusal of what contains no policy',
  fc.property(
    lenient,
    anyDocument,
    anyDocument,
    anyDocument,
    anyDocument,
    from,
    (usage, keyPolicy, document, trustPolicy, boundary, pick) => {
      const request = generated({
        ...usage,
        operations: usage.operations.slice(0, 2),
        roleArns: usage.roleArns.slice(0, 1),
        kmsKeyArns: (usage.kmsKeyArns ?? []).slice(0, 2)
      })
      for (const key of request.keys) if ((pick & 1) === 1) key.keyPolicy = keyPolicy
      for (const role of request.roles) {
        if ((pick & 2) === 2) role.identityPolicies = [{ name: 'PersonalizeKmsAccess', document }]
        if ((pick & 4) === 4) role.trustPolicy = trustPolicy
        if ((pick & 8) === 8) role.permissionsBoundary = boundary
      }
      if ((pick & 16) === 16) request.serviceControlPolicies = [[boundary]]
      if ((pick & 32) === 32) request.resourceControlPolicies = [[boundary]]
      const report = reportOrRefusal(request)
      // A document with a Statement always has a report.
      if ('refused' in report) {
        const placed = [keyPolicy, document, trustPolicy, boundary]
        check(placed.some((each) => !hasStatement(each)), `refused: ${report.refused.join()}`)
        return
      }
      equal(reportFaults(report), '', 'the schema')
      equal(verifyDocuments(structuredClone(request)), report, 'deterministic')
      if (report.verdict !== 'pass') {
        const again = verifyDocuments(apply(request, report))
        check(
          again.verdict === 'pass' || (report.remediation?.cannotFix.length ?? 0) > 0,
          `neither fixed nor said why: ${codes(again).join()}`
        )
      }
    }
  ),
  250
)
