import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { WORST_CASE_POLICIES } from '../reliability/worst-case-policies.js'
import { authorize, prepare } from '../src/iam/authorize.js'
import type { Policies } from '../src/iam/decide/request.js'
import { compilePolicy } from '../src/iam/document/policy-document.js'
import { known, RequestContext, UNKNOWN } from '../src/iam/match/request-context.js'

/** Figures are ratios within one run, so that they hold on any machine; run by `npm run bench:evaluate`. */
interface Figure {
  what: string
  measured: number
  unit: string
  bar: number
}

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/PersonalizeRole`
const KEY = { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`, accountId: ACCOUNT }
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const role = { kind: 'role', value: ROLE } as const
const service = { kind: 'service', value: 'personalize.amazonaws.com' } as const

const source = {
  Condition: {
    StringEqualsIfExists: { 'aws:SourceAccount': ACCOUNT },
    ArnLikeIfExists: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:*` }
  }
}
const use = (
  sid: string,
  principal: unknown,
  actions: readonly string[],
  more: Record<string, unknown> = {}
): unknown => ({ Sid: sid, Effect: 'Allow', Principal: principal, Action: actions, Resource: '*', ...more })
const keyPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    use('EnableIAMPolicies', { AWS: `arn:aws:iam::${ACCOUNT}:root` }, ['kms:*']),
    use('PersonalizeServiceUse', { Service: service.value }, ACTIONS.slice(0, 2), source),
    use('PersonalizeServiceDescribe', { Service: service.value }, ACTIONS.slice(2, 3).concat(ACTIONS.slice(4)), source),
    use('PersonalizeServiceGrant', { Service: service.value }, ACTIONS.slice(3, 4), source),
    use('PersonalizeRoleUse', { AWS: ROLE }, ACTIONS.slice(0, 2)),
    use('PersonalizeRoleDescribe', { AWS: ROLE }, ACTIONS.slice(2, 3).concat(ACTIONS.slice(4))),
    use('PersonalizeRoleGrant', { AWS: ROLE }, ACTIONS.slice(3, 4))
  ]
})
const rolePolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'PersonalizeKeyUse',
      Effect: 'Allow',
      Action: ACTIONS.filter((action) => action !== 'kms:CreateGrant'),
      Resource: [KEY.arn]
    },
    {
      Sid: 'PersonalizeData',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'],
      Resource: ['arn:aws:s3:::amzn-s3-demo-bucket', 'arn:aws:s3:::amzn-s3-demo-bucket/*']
    }
  ]
})
const context = new RequestContext([
  ['aws:PrincipalAccount', known(ACCOUNT)],
  ['aws:SourceAccount', known(ACCOUNT)],
  ['aws:SourceArn', known(`arn:aws:personalize:us-east-1:${ACCOUNT}:dataset-group/g`)],
  ['kms:CallerAccount', known(ACCOUNT)]
])

const layer = (name: string, text: string): NonNullable<Policies['resourcePolicy']> => ({
  policies: [compilePolicy(name, JSON.parse(text))],
  complete: true
})
const policiesOf = (key: string): Policies => ({
  resourcePolicy: layer('default', key),
  identityPolicies: layer('inline', rolePolicy)
})

const verification = (): number => decideAll(policiesOf(keyPolicy))

/** How many of the 10 decisions allow. */
function decideAll (policies: Policies): number {
  let allowed = 0
  for (const principal of [role, service]) {
    const { decide } = prepare({ principal, resource: KEY, context }, policies)
    for (const action of ACTIONS) if (decide(action).decision === 'allowed') allowed++
  }
  return allowed
}

/** Nanoseconds of processor time of one call, of many in a row: what else runs on the machine does not count. */
function time (call: () => unknown, calls: number): number {
  const begin = process.cpuUsage()
  for (let i = 0; i < calls; i++) call()
  const { user, system } = process.cpuUsage(begin)
  return (1_000 * (user + system)) / calls
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN

/**
 * How much longer the first takes than the second: the median over rounds in which they take turns. `times`: how
 * often the second is called for each call of the first, so that both run about as long and are interrupted as often.
 */
function ratio (first: () => unknown, second: () => unknown, calls = 2_000, times = 1): number {
  time(first, 3 * calls)
  time(second, 3 * calls * times)
  return median(Array.from({ length: 31 }, () => time(first, calls) / time(second, calls * times)))
}

function againstParsing (): Figure {
  if (verification() !== 10) throw new Error('the policies of this benchmark no longer allow what they should')
  return {
    what: 'whole verification (two documents as JSON text, 10 decisions) / JSON.parse of the text',
    measured: ratio(verification, () => [JSON.parse(keyPolicy), JSON.parse(rolePolicy)]),
    unit: '×',
    bar: 4
  }
}

/** What that takes apart: the documents into statements, and the decisions on them. */
function parts (): Figure[] {
  const documents: unknown[] = [JSON.parse(keyPolicy), JSON.parse(rolePolicy)]
  const policies = policiesOf(keyPolicy)
  const parse = (): unknown => [JSON.parse(keyPolicy), JSON.parse(rolePolicy)]
  return [
    {
      what: 'compiling the two parsed documents / JSON.parse of the text',
      measured: ratio(() => documents.map((document) => compilePolicy('', document)), parse),
      unit: '×',
      bar: 1.5
    },
    {
      what: '10 decisions on compiled documents / JSON.parse of the text',
      measured: ratio(() => decideAll({ ...policies }), parse),
      unit: '×',
      bar: 1.5
    }
  ]
}

/** Time for each statement of a large document against that of a small one: 1 is linear. */
function growth (statements: number): Figure {
  const text = (count: number): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: Array.from({ length: count }, (_, i) =>
        use(`S${i}`, { AWS: `arn:aws:iam::${ACCOUNT}:role/R${i}` }, ['kms:Decrypt', 'kms:Enc*'], {
          Condition: { StringLike: { 'kms:CallerAccount': `${i}*` } }
        })
      )
    })
  const decide = (key: string) => (): unknown =>
    authorize({ principal: role, action: 'kms:Decrypt', resource: KEY, context }, policiesOf(key)).decision
  const [small, large] = [text(10), text(statements)]
  return {
    what: `time for a statement: ${statements} statements / 10 statements`,
    measured: ratio(decide(large), decide(small), Math.ceil(20_000 / statements), statements / 10) / (statements / 10),
    unit: '×',
    bar: 1.5
  }
}

/** The slowest of the hostile documents, compiled and decided with its keys unknown. */
function hostile (): Figure[] {
  const open = new RequestContext([], () => UNKNOWN)
  return Object.entries(WORST_CASE_POLICIES).map(([name, text]) => {
    const document: unknown = JSON.parse(text)
    const decide = (): unknown =>
      authorize(
        { principal: role, action: 'kms:Decrypt', resource: KEY, context: open },
        { resourcePolicy: { policies: [compilePolicy(name, document)], complete: true } }
      ).decision
    decide()
    return {
      what: `hostile 64 KiB: ${name}`,
      measured: median(Array.from({ length: 7 }, () => time(decide, 1) / 1e6)),
      unit: 'ms',
      bar: 50
    }
  })
}

const figures = [againstParsing(), ...parts(), growth(100), growth(1_000), ...hostile()]
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`
const date = new Date().toISOString().slice(0, 10)
const rows = figures.map(
  ({ what, measured, unit, bar }) =>
    `| ${what} | ${measured.toFixed(2)} ${unit} | ≤ ${bar} ${unit} | ${measured <= bar ? 'yes' : '**no**'} |`
)
const table = ['| what | measured | bar | met |', '|---|---|---|---|', ...rows].join('\n')
console.log(table)
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/evaluate.json', `${JSON.stringify({ date, machine, figures }, null, 2)}\n`)
writeFileSync(
  'bench/results/evaluate.md',
  `# The evaluation core, measured\n\n${date}, ${machine}; \`npm run bench:evaluate\`. Ratios are medians of one run.\n\n${table}\n`
)
process.exitCode = figures.every(({ measured, bar }) => measured <= bar) ? 0 : 1
