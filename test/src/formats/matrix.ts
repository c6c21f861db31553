import t from 'tap'
import { renderHtml } from '../../../src/formats/html/html.js'
import { renderMarkdown } from '../../../src/formats/markdown.js'
import { matricesOf } from '../../../src/formats/matrix.js'
import { renderTable } from '../../../src/cli/table.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'

const ACCOUNT = '111122223333'
const KEYS = ['1111aaaa', '2222bbbb', '3333cccc'].map(
  (id) => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${id}-12ab-34cd-56ef-1234567890ab`
)
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Personalize`
const allow = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
const root = { ...allow, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }
const service = { ...allow, Principal: { Service: 'personalize.amazonaws.com' } }

/** Two keys with the default key policy, and a third that allows Amazon Personalize. */
const report = verifyDocuments({
  usage: { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: KEYS },
  keys: KEYS.map((kmsKeyArn, index) => ({
    kmsKeyArn,
    keyPolicy: { Version: '2012-10-17', Statement: index < 2 ? [root] : [root, service] }
  })),
  roles: [{ roleArn: ROLE, identityPolicies: [] }]
})

t.test('matrix: keys alike in everything share one, a key that differs has its own', (t) => {
  const matrices = matricesOf(report.checks)
  t.strictSame(matrices.map(({ resource, alike }) => [resource, alike]), [[KEYS[0], [KEYS[1]]], [KEYS[2], []]])
  t.match(renderHtml(report), /and 1 more, alike in everything/)
  t.match(renderMarkdown(report), /On <code>[^<]*1111aaaa[^<]*<\/code>, <code>[^<]*2222bbbb/)
  t.match(renderTable(report, false), `  The same for ${KEYS[1]}`)
  t.end()
})

t.test('findings of a report on several keys: each names its keys', (t) => {
  const cards = renderHtml(report).split('<article').filter((card) => card.includes('SERVICE_PRINCIPAL_NOT_ALLOWED'))
  t.equal(cards.length, 1, 'equal ones are one card')
  const [card = ''] = cards
  const on = /<dt>On<\/dt><dd>(.*?)<\/dd>/s.exec(card)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''
  t.strictSame(KEYS.map((key) => on.includes(key)), [true, true, false])
  const [key = ''] = KEYS
  const single = verifyDocuments({
    usage: { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [key] },
    keys: [{ kmsKeyArn: key, keyPolicy: { Version: '2012-10-17', Statement: [root] } }],
    roles: [{ roleArn: ROLE, identityPolicies: [] }]
  })
  t.notMatch(renderHtml(single), '<dt>On</dt>', 'one key is named at the top alone')
  t.notMatch(renderMarkdown(single), '**On**')
  t.match(renderMarkdown(report), '**On** <code>')
  t.end()
})
