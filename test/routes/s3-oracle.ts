import fc from 'fast-check'
import t from 'tap'
import type { Report, S3Check } from '../../schemas/verification.js'
import { startApp } from '../helper.js'
import { type Answer, decide, type PolicySet, type World } from '../oracle/s3.js'
import { ACCOUNT, ARN, JOB, ORGANIZATION, payloadOf, requests, ROLE, SERVICE } from '../oracle/s3-requests.js'

const RUNS = Number(process.env['S3_ORACLE_RUNS'] ?? 100)

/** What statements and prefixes make different: names that begin with the prefix. */
function objectNames (prefix: string, { bucket, identity, boundary = [], scps = [], rcps }: PolicySet): string[] {
  const patterns = [bucket, identity, boundary, scps.flat(), rcps.flat()]
    .flat()
    .flatMap(({ Resource = [], NotResource = [] }) => [Resource, NotResource].flat())
    .filter((text) => text.startsWith(`${ARN}/`))
    .map((text) => text.slice(ARN.length + 1))
  const filled = patterns.flatMap((text) =>
    ['', 'x', '/x', 'b/x.csv', '.csv', '_old/x'].map((fill) => text.replaceAll('*', fill).replaceAll('?', 'q'))
  )
  const own = ['', 'x', '/', '/x', '/x.csv', '_old/x', '/b', '/b.csv', '/b/x', 'b', 'b/x', 'b.csv', 'b.csv/x', '0', 'x/x', '/v1.2/x', '.csv', 'é', 'A', '/b.'].map((end) => `${prefix}${end}`)
  return [...new Set([...own, ...filled, ...filled.map((each) => `${prefix}${each}`)])].filter(
    (name) => name !== '' && name.startsWith(prefix)
  )
}

type Context = Record<string, string>
const product = (...lists: Context[][]): Context[] =>
  lists.reduce<Context[]>((all, options) => all.flatMap((one) => options.map((more) => ({ ...one, ...more }))), [{}])
const maybe = (key: string, ...values: string[]): Context[] => [{}, ...values.map((value) => ({ [key]: value }))]

/** Contexts that Personalize may well send, as far as AWS says anything of them. */
function contextsOf (check: S3Check, prefix: string): Context[] {
  const always = [{ 'aws:securetransport': 'true' }]
  const ofPrincipal =
    check.principal.type === 'service'
      ? product(
        [{ 'aws:principalisawsservice': 'true' }],
        maybe('aws:sourceaccount', ACCOUNT),
        maybe('aws:sourcearn', JOB)
      )
      : product(
        [{ 'aws:principalisawsservice': 'false', 'aws:principalarn': ROLE, 'aws:principalaccount': ACCOUNT }],
        maybe('aws:principalorgid', ORGANIZATION, 'o-yyyyyyyyyy')
      )
  const ofAction: Context[] =
    check.action === 's3:ListBucket'
      ? maybe('s3:prefix', prefix, `${prefix}x`, '', `${prefix}/`)
      : check.action === 's3:PutObject'
        ? maybe('s3:x-amz-server-side-encryption', 'aws:kms', 'AES256')
        : [{}]
  return product(always, ofPrincipal, ofAction)
}

function worldsOf (check: S3Check, prefix: string, bucketAccount: string, policies: PolicySet): World[] {
  const resources =
    check.action === 's3:ListBucket' ? [ARN] : objectNames(prefix, policies).map((name) => `${ARN}/${name}`)
  const principal = check.principal.type === 'service' ? { service: SERVICE } : { role: ROLE }
  return contextsOf(check, prefix).flatMap((context) =>
    resources.map((resource) => ({ principal, action: check.action, resource, bucketAccount, context }))
  )
}

/** What a location can be meant for: a denial has to hold there. Siblings are not among it. */
function isMeant ({ resource, action }: World, prefix: string): boolean {
  if (action === 's3:ListBucket') return true
  const name = resource.slice(ARN.length + 1)
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const isFileName = action === 's3:GetObject' && /\.[^/]+$/.test(prefix)
  return (name.startsWith(folder) && name !== folder) || (isFileName && name === prefix)
}

function contradiction (check: S3Check, answers: ReadonlyArray<{ world: World; answer: Answer }>, prefix: string): string | undefined {
  const wrong = (found: { world: World; answer: Answer } | undefined): string | undefined =>
    found && `${check.principal.type} ${check.action} is ${check.effective}, but ${JSON.stringify(found)}`
  const meant = answers.filter(({ world }) => isMeant(world, prefix))
  switch (check.effective) {
    case 'allowed':
      return wrong(answers.find(({ answer }) => !answer.allowed))
    case 'explicitDeny':
      return wrong(meant.find(({ answer }) => !answer.denied))
    case 'implicitDeny':
      return wrong(meant.find(({ answer }) => answer.allowed))
    default:
      return undefined
  }
}

const { app } = await startApp(t)

t.test('random policies: every decision holds for every object and every context', async (t) => {
  const words: Record<string, number> = {}
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const { statusCode, body } = await app.inject({ method: 'POST', url: '/verify/documents', payload: payloadOf(request) })
      if (statusCode !== 200) throw new Error(`${statusCode} ${body}`)
      const report: Report = JSON.parse(body)
      for (const check of report.s3Checks ?? []) {
        words[check.effective] = (words[check.effective] ?? 0) + 1
        const { prefix, policies, bucketAccount } = request
        const answers = worldsOf(check, prefix, bucketAccount, policies).map((world) => ({
          world,
          answer: decide(world, policies)
        }))
        const found = contradiction(check, answers, prefix)
        if (found !== undefined) throw new Error(found)
      }
    }),
    { numRuns: RUNS, endOnFailure: false }
  )
  t.comment(words)
  for (const word of ['allowed', 'explicitDeny', 'implicitDeny', 'conditional']) t.ok((words[word] ?? 0) > 0, word)
})
