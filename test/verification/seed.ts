import { readdir, readFile } from 'node:fs/promises'
import type { Test } from 'tap'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { VerifyRequest } from '../../schemas/live.js'
import type { Report } from '../../schemas/verification.js'

const Statements = Type.Array(Type.Record(Type.String(), Type.Unknown()))
const Tags = Type.Record(Type.String(), Type.String())
const optional = {
  text: Type.Optional(Type.String()),
  texts: Type.Optional(Type.Array(Type.String())),
  tags: Type.Optional(Tags),
  statements: Type.Optional(Statements)
}

/** A state of AWS and what POST /verify has to say of it: `test/live/*.json`. */
export const LiveCase = Type.Object(
  {
    title: Type.String(),
    source: Type.String({ pattern: '^https://' }),
    role: Type.Optional(
      Type.Object(
        {
          path: optional.text,
          tags: optional.tags,
          /** Beside the statement that lets Personalize assume it. */
          trust: optional.statements,
          /** In place of the four actions on the key. */
          permissions: optional.statements,
          boundary: optional.statements,
          /** A policy of AWS, attached. */
          awsManaged: optional.statements
        },
        { additionalProperties: false }
      )
    ),
    key: Type.Optional(
      Type.Object(
        {
          tags: optional.tags,
          aliases: optional.texts,
          /** Sids of the statements that the key policy lacks. */
          without: optional.texts,
          /** Beside the others. */
          statements: optional.statements,
          state: optional.text,
          origin: optional.text
        },
        { additionalProperties: false }
      )
    ),
    /** Policies at the root of the account's organization. */
    organization: Type.Optional(
      Type.Object({
        scps: Type.Optional(Type.Array(Statements)),
        rcps: Type.Optional(Type.Array(Statements)),
        /** The service control policy of the unit, in place of FullAWSAccess. */
        levelWithout: optional.statements,
        /** The account is the management account. */
        management: Type.Optional(Type.Boolean())
      })
    ),
    /** Calls that AWS refuses. */
    refused: optional.texts,
    request: Type.Optional(Type.Unsafe<Partial<VerifyRequest['usage']>>(Type.Object({}))),
    expect: Type.Object(
      {
        verdict: Type.String(),
        findings: optional.texts,
        findingsNot: optional.texts,
        /** Patterns of `why` and of `remedy`, each of some finding. */
        why: optional.texts,
        remedy: optional.texts,
        remedyNot: optional.texts,
        cannotFix: optional.texts,
        /** The kinds of policies that remediation changes. */
        changes: optional.texts,
        notEvaluated: optional.texts,
        missingContextValues: optional.texts,
        /** Calls beyond those that every verification makes. */
        calls: optional.texts
      },
      { additionalProperties: false }
    )
  },
  { additionalProperties: false }
)
export type LiveCase = Type.Static<typeof LiveCase>

const folder = new URL('../live/', import.meta.url)

export async function liveCases (): Promise<LiveCase[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  const lists = await Promise.all(
    files.map(async (file) => Value.Parse(Type.Array(LiveCase), JSON.parse(await readFile(new URL(file, folder), 'utf8'))))
  )
  return lists.flat()
}

/** What a seeded AWS gives for the names in the documents of a case. */
export interface SeedNames {
  ROLE_ARN: string
  ROLE_ID: string
  KEY_ARN: string
  ACCOUNT: string
  ORGANIZATION: string
}

export type Document = { Version: '2012-10-17'; Statement: Array<Record<string, unknown>> }

function document (names: Partial<SeedNames>, statements: ReadonlyArray<Record<string, unknown>>): Document {
  const text = JSON.stringify(statements).replace(/<(ROLE_ARN|ROLE_ID|KEY_ARN|ACCOUNT|ORGANIZATION)>/g, (whole, name: string) => {
    const value = Object.entries(names).find(([key]) => key === name)?.[1]
    if (value === undefined) throw new Error(`${whole} is not known here`)
    return value
  })
  return { Version: '2012-10-17', Statement: JSON.parse(text) }
}

const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const ROLE_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ListGrants']

/** https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html */
export function trustPolicyOf ({ role = {} }: LiveCase, names: Pick<SeedNames, 'ACCOUNT'>): Document {
  return document(names, [
    {
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': '<ACCOUNT>' },
        ArnLike: { 'aws:SourceArn': 'arn:aws:personalize:us-east-1:<ACCOUNT>:*' }
      }
    },
    ...(role.trust ?? [])
  ])
}

/** https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html, the role apart. */
export function keyPolicyOf ({ key = {} }: LiveCase, names: SeedNames): Document {
  const named = [
    { Sid: 'Root', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::<ACCOUNT>:root' }, Action: 'kms:*', Resource: '*' },
    {
      Sid: 'Service',
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: KEY_ACTIONS,
      Resource: '*'
    },
    { Sid: 'Role', Effect: 'Allow', Principal: { AWS: '<ROLE_ARN>' }, Action: KEY_ACTIONS, Resource: '*' }
  ]
  return document(names, [...named.filter(({ Sid }) => key.without?.includes(Sid) !== true), ...(key.statements ?? [])])
}

export function permissionsOf ({ role = {} }: LiveCase, names: SeedNames): Document {
  return document(names, role.permissions ?? [{ Effect: 'Allow', Action: ROLE_ACTIONS, Resource: '<KEY_ARN>' }])
}

/** What is verified: the key and the role that were seeded, unless the case requires something else. */
export function usageOf ({ request }: LiveCase, names: SeedNames): Record<string, unknown> {
  const usage = { operations: ['datasetGroup'], roleArns: ['<ROLE_ARN>'], kmsKeyArns: ['<KEY_ARN>'], ...request }
  return document(names, [usage]).Statement[0] ?? {}
}

/** Any other document of a case. */
export function documentOf (statements: ReadonlyArray<Record<string, unknown>>, names: SeedNames): string {
  return JSON.stringify(document(names, statements))
}

/** Holds a report against the expectations of a case. */
export function assertReport (t: Test, { findings, remediation, ...report }: Report, expect: LiveCase['expect']): void {
  const codes = findings.map(({ code }) => code)
  t.equal(report.verdict, expect.verdict, codes.join())
  for (const code of expect.findings ?? []) t.ok(codes.some((found) => found === code), `${code}: ${codes.join()}`)
  for (const code of expect.findingsNot ?? []) t.notOk(codes.some((found) => found === code), `no ${code}`)
  const each = (patterns: string[] | undefined, texts: readonly string[]): void => {
    for (const pattern of patterns ?? []) t.match(texts.join('\n'), new RegExp(pattern))
  }
  each(expect.why, findings.map(({ why }) => why))
  each(expect.remedy, findings.map(({ remedy }) => remedy))
  for (const pattern of expect.remedyNot ?? [])
    t.notMatch(findings.map(({ remedy }) => remedy).join('\n'), new RegExp(pattern))
  each(expect.notEvaluated, report.notEvaluated.map(({ what, why }) => `${what} ${why}`))
  for (const code of expect.cannotFix ?? []) t.ok(remediation?.cannotFix.some((step) => step.code === code), code)
  if (expect.changes !== undefined) {
    const { keyPolicies = [], rolePolicies = [], trustPolicies = [] } = remediation ?? {}
    const kinds = Object.entries({ keyPolicies, rolePolicies, trustPolicies })
    t.same(kinds.flatMap(([kind, changes]) => changes.map(() => kind)), expect.changes, 'changes')
  }
  if (expect.missingContextValues !== undefined)
    t.same(
      [...new Set(report.checks.flatMap(({ missingContextValues }) => missingContextValues))],
      expect.missingContextValues
    )
}
