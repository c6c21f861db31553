import t from 'tap'
import type { Report } from '../../../schemas/verification.js'
import { renderTable } from '../../../src/cli/table.js'
import { checkReason } from '../../../src/formats/check-reason.js'
import { renderHtml } from '../../../src/formats/html/html.js'
import { renderJunit } from '../../../src/formats/junit.js'
import { renderMarkdown } from '../../../src/formats/markdown.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'
import {
  allow,
  DELEGATION,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  metadataOf,
  policy,
  SERVICE,
  situation
} from '../../verification/documents.js'
import { verifyIn, worldOf } from '../../verification/scenario.js'

const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/Limits`
const ONLY_S3 = policy({ Sid: 'OnlyS3', Effect: 'Allow', Action: 's3:*', Resource: '*' })
const behindBoundary = async (): Promise<Report> => {
  const value = { name: 'Limits', arn: BOUNDARY, document: ONLY_S3 }
  return await verifyIn(worldOf(situation(), { role: { permissionsBoundary: { state: 'read', value } } }), situation())
}
const withDisabledKey = (): Report =>
  verifyDocuments(situation({ key: { metadata: { ...metadataOf(KEY), KeyState: 'Disabled' } } }))
const missingOne = (): Report => {
  const Action = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant']
  const Condition = {
    StringEqualsIfExists: { 'aws:SourceAccount': ACCOUNT },
    ArnLikeIfExists: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:*` }
  }
  const ours = allow({ Service: SERVICE }, { Sid: 'AllowPersonalizeService', Action, Condition })
  const keyPolicy = policy(DELEGATION, ours, FOR_ROLE)
  return verifyDocuments(situation({ key: { keyPolicy } }))
}

/** The text of each form that people read, without the escapes of its format. */
const textsOf = (report: Report): Record<string, string> => {
  const plain = (text: string): string =>
    text
      .replaceAll(/<style>[^<]*<\/style>/g, '')
      .replaceAll(/<[^<>]*>/g, '')
      .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
      .replaceAll('&quot;', '"')
  return {
    html: plain(renderHtml(report)),
    markdown: plain(renderMarkdown(report)),
    table: renderTable(report, false)
  }
}

t.test('every form: what to do and why come before the evidence', async (t) => {
  const reports: Array<[Report, string[]]> = [
    [missingOne(), ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'AllowPersonalizeService']],
    [await behindBoundary(), ['BOUNDARY_BLOCKS', 'aws iam create-policy-version']],
    [withDisabledKey(), ['KEY_NOT_ENABLED', 'aws kms enable-key --key-id']]
  ]
  for (const [report, texts] of reports)
    for (const [form, text] of Object.entries(textsOf(report))) {
      const body = text.slice(text.indexOf(report.summary.headline))
      const evidence = body.lastIndexOf(form === 'table' ? `\nKey ${KEY}` : '\n### Who may do what')
      t.ok(body.startsWith(report.summary.headline), `${form} begins with the headline`)
      for (const wanted of texts) {
        const place = body.indexOf(wanted)
        t.ok(place > 0, `${form} has ${wanted}`)
        // The sections of the page follow below.
        if (form !== 'html') t.ok(place < evidence, `${form}: ${wanted} is before the decisions`)
      }
    }
  const sections = [...renderHtml(missingOne()).matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id)
  t.same(sections.slice(0, 3), ['change', 'findings', 'matrix'])
})

t.test('every form: a step by hand has its command, and of a boundary the statement that is missing', async (t) => {
  const report = await behindBoundary()
  for (const [form, text] of Object.entries(textsOf(report))) {
    t.match(text, `aws iam create-policy-version --policy-arn ${BOUNDARY} `, form)
    t.match(text, 'permissions-boundary-Limits.json', form)
    t.match(text, 'An IAM administrator of the account of the role', form)
    if (form !== 'table') t.match(text, `"Resource": "${KEY}"`, form)
  }
  t.match(renderHtml(report), 'href="#decide">1 step by hand')
})

t.test('every form: where the policies allow all and AWS refuses, it says why', (t) => {
  const texts = textsOf(withDisabledKey())
  for (const form of ['html', 'markdown', 'table'])
    t.match(texts[form], 'The policies allow every call, but AWS refuses it: the key is not enabled.', form)
  for (const [form, text] of Object.entries(textsOf(missingOne())))
    t.notMatch(text, 'The policies allow every call', form)
  t.match(texts['html'], 'but the key is not enabled', 'beside the counts')
  t.end()
})

t.test('every form: an action is named beside the text that refers to it', (t) => {
  for (const [form, text] of Object.entries(textsOf(missingOne()))) t.match(text, /Actions[:*]*\s*kms:ListGrants/, form)
  t.end()
})

t.test('every form: what was not evaluated is said in words', (t) => {
  for (const [form, text] of Object.entries(textsOf(missingOne()))) {
    t.match(text, /Service control policies/, form)
    t.notMatch(text, /serviceControlPolicies/, form)
  }
  t.end()
})

t.test('markdown: of a changed statement the lines that change, and the whole document to save', (t) => {
  const report = missingOne()
  const markdown = renderMarkdown(report)
  const [, diff = ''] = /```diff\n([^]*?)\n```/.exec(markdown) ?? []
  t.same(
    diff.split('\n').filter((line) => /^[+-]/.test(line)).map((line) => line.replaceAll(/\s/g, '')),
    ['-"kms:CreateGrant"', '+"kms:CreateGrant",', '+"kms:ListGrants"']
  )
  const [, document = ''] = /save it as <code>[^]*?```json\n([^]*?)\n```/.exec(markdown) ?? []
  t.same(JSON.parse(document), report.remediation?.keyPolicies[0]?.policy)
  t.match(markdown, /<details open><summary>❌/, 'an error is not folded')
  t.end()
})

t.test('JUnit: a verdict that passes does not carry the headline of the one that fails', (t) => {
  const report = withDisabledKey()
  const [, documented = ''] =
    /AWS’s page: documented permissions">([^]*?)<\/testcase>/.exec(renderJunit(report)) ?? []
  t.match(documented, 'contains what AWS documents')
  t.notMatch(documented, 'cannot use')
  t.end()
})

const reasonsOf = ({ checks }: Report, type: string, action: string): string[] =>
  checks.filter((check) => check.principal.type === type && check.action === action).map(checkReason)

t.test('reason of a decision: statements of one layer are alternatives, those of two are needed together', (t) => {
  const again = { ...FOR_SERVICE, Sid: 'Again' }
  const twice = verifyDocuments(situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE, again, FOR_ROLE) } }))
  t.match(
    reasonsOf(twice, 'service', 'kms:Decrypt')[0],
    /^by key policy, statement 2 \(\w+\) or key policy, statement 3 \(Again\)$/
  )
  const delegated = verifyDocuments(situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE) } }))
  t.match(
    reasonsOf(delegated, 'role', 'kms:Decrypt')[0],
    /^by key policy, statement 1 \(\w+\) with IAM policy \w+, statement 1$/
  )
  t.end()
})

t.test('reason of a denial: where the key policy names the role, its IAM policies are no reason', async (t) => {
  t.same(reasonsOf(await behindBoundary(), 'role', 'kms:CreateGrant'), ['no statement in the permissions boundary'])
  const nowhere = verifyDocuments(situation({ key: { keyPolicy: policy(DELEGATION, FOR_SERVICE) } }))
  t.same(
    reasonsOf(nowhere, 'role', 'kms:CreateGrant'),
    ['no statement in the key policy for the role or the IAM policies'],
    'either would do'
  )
})

t.test('reason of a denial across accounts: the IAM policies are one, too', (t) => {
  const key = KEY.replace(ACCOUNT, '444455556666')
  const request = situation({
    usage: { kmsKeyArns: [key], accountId: ACCOUNT },
    key: { kmsKeyArn: key, keyPolicy: policy(FOR_SERVICE, FOR_ROLE) },
    role: { roleArn: ROLE, identityPolicies: [identity({ Effect: 'Allow', Action: 's3:*', Resource: '*' })] }
  })
  t.match(reasonsOf(verifyDocuments(request), 'role', 'kms:Decrypt')[0], /IAM policies/)
  t.end()
})
