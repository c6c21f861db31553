import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { circumstances, markdownTable, median } from '../reliability/statistics.js'
import { authorize } from '../src/iam/authorize.js'
import type { AuthorizationRequest, Policies } from '../src/iam/decide/request.js'
import { compilePolicy } from '../src/iam/document/policy-document.js'
import { known, RequestContext } from '../src/iam/match/request-context.js'

/**
 * The evaluator against @cloud-copilot/iam-simulate, by its public entry, in one process: `npm run bench:compare`.
 * That library is installed apart, into a temporary folder: its licence (AGPL) excludes it as a dependency.
 */
const LIBRARY = '@cloud-copilot/iam-simulate'
const VERSION = '0.1.173'
const TARGETS = { parsing: 12, compiled: 200 }
const REQUESTS = 100
const ROUNDS = 7
const WARM_UP_MS = 4_000

interface Case {
  role: string
  account: string
  kmsKeyArn: string
  keyPolicy: Record<string, unknown>
  rolePolicy: Record<string, unknown>
}

/** A key policy that names the role, and the role's policy; each case another account, role and key. */
function caseOf (index: number): Case {
  const account = String(100_000_000_000 + index * 7_919)
  const role = `arn:aws:iam::${account}:role/Personalize${index}`
  const kmsKeyArn = `arn:aws:kms:us-east-1:${account}:key/${String(10_000_000 + index)}-12ab-34cd-56ef-1234567890ab`
  const allow = (sid: string, principal: object, action: string[], more: object = {}): object => ({
    Sid: sid,
    Effect: 'Allow',
    Principal: principal,
    Action: action,
    Resource: '*',
    ...more
  })
  const use = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
  return {
    role,
    account,
    kmsKeyArn,
    keyPolicy: {
      Version: '2012-10-17',
      Statement: [
        allow(`Root${index}`, { AWS: `arn:aws:iam::${account}:root` }, ['kms:*']),
        allow('Service', { Service: 'personalize.amazonaws.com' }, use, {
          Condition: { StringEquals: { 'aws:SourceAccount': account } }
        }),
        allow(`Role${index}`, { AWS: role }, use)
      ]
    },
    rolePolicy: {
      Version: '2012-10-17',
      Statement: [{ Sid: `Use${index}`, Effect: 'Allow', Action: use, Resource: kmsKeyArn }]
    }
  }
}

const ACTION = 'kms:Decrypt'

function policiesOf ({ keyPolicy, rolePolicy }: Case): Policies {
  return {
    resourcePolicy: { policies: [compilePolicy('default', keyPolicy)], complete: true },
    identityPolicies: { policies: [compilePolicy('inline', rolePolicy)], complete: true }
  }
}

function requestOf ({ role, account, kmsKeyArn }: Case): AuthorizationRequest {
  return {
    principal: { kind: 'role', value: role },
    action: ACTION,
    resource: { arn: kmsKeyArn, accountId: account },
    context: new RequestContext([['aws:PrincipalAccount', known(account)]])
  }
}

const decideFromDocuments = (each: Case): boolean => authorize(requestOf(each), policiesOf(each)).decision === 'allowed'

type RunSimulation = (simulation: object, options: object) => Promise<{ overallResult?: string }>

/** Installs the library and gives its entry. */
async function installed (folder: string): Promise<RunSimulation> {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const npm = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${LIBRARY}@${VERSION}`]
  execFileSync('npm', npm, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], timeout: 180_000 })
  writeFileSync(join(folder, 'entry.js'), `export { runSimulation } from '${LIBRARY}'\n`)
  const module: { runSimulation: RunSimulation } = await import(join(folder, 'entry.js'))
  return module.runSimulation
}

function simulationOf ({ role, account, kmsKeyArn, keyPolicy, rolePolicy }: Case): object {
  return {
    request: {
      principal: role,
      action: ACTION,
      resource: { resource: kmsKeyArn, accountId: account },
      contextVariables: {}
    },
    identityPolicies: [{ name: 'inline', policy: rolePolicy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: keyPolicy
  }
}

/** Microseconds of processor time for one item, the median of the rounds; compiled first. */
async function measure<T> (items: readonly T[], step: (item: T) => unknown): Promise<number> {
  const round = async (): Promise<number> => {
    const before = process.cpuUsage()
    for (const item of items) await step(item)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / items.length
  }
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) await round()
  const rounds: number[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round())
  return median(rounds)
}

const folder = mkdtempSync(join(tmpdir(), 'compare-'))
try {
  const runSimulation = await installed(folder)
  const cases = Array.from({ length: REQUESTS }, (_, index) => caseOf(index))
  for (const each of cases.slice(0, 3)) {
    const theirs = (await runSimulation(simulationOf(each), {})).overallResult
    if (theirs !== 'Allowed' || !decideFromDocuments(each)) throw new Error(`not allowed by both: ${theirs}`)
  }
  const theirs = await measure(cases, (each) => runSimulation(simulationOf(each), {}))
  const parsing = await measure(cases, decideFromDocuments)
  const ready = cases.map((each) => ({ each, policies: policiesOf(each) }))
  const compiled = await measure(ready, ({ each, policies }) => authorize(requestOf(each), policies).decision)
  const rows = [
    { what: 'with documents to compile', us: parsing, target: TARGETS.parsing },
    { what: 'on compiled policies', us: compiled, target: TARGETS.compiled }
  ].map((row) => ({ ...row, ratio: theirs / row.us }))
  const table = markdownTable(
    ['a decision', 'this evaluator', LIBRARY, 'times faster', 'target', 'met'],
    rows.map(({ what, us, ratio, target }) => [
      what,
      `${us.toFixed(1)} µs`,
      `${theirs.toFixed(0)} µs`,
      ratio.toFixed(0),
      `≥ ${target}`,
      ratio >= target ? 'yes' : '**no**'
    ])
  )
  const text = `${circumstances()}, ${LIBRARY} ${VERSION}; \`npm run bench:compare\`. Processor time of one decision by a key policy and a role policy, every request another account, role and key.\n\n${table}`
  process.stdout.write(`${text}\n`)
  mkdirSync('docs/measurements/results', { recursive: true })
  writeFileSync('docs/measurements/results/compare.md', `# Against another evaluator, measured\n\n${text}\n`)
  process.exitCode = rows.every(({ ratio, target }) => ratio >= target) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
