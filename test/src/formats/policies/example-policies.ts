import { spawnSync } from 'node:child_process'
import process from 'node:process'
import fc from 'fast-check'
import { NEW_KEY_ARN, type PoliciesModel } from '../../../../src/formats/policies/model.js'
import { generatePolicies } from '../../../../src/policies/generate.js'

const ACCOUNT = '111122223333'
export const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const OTHER_KEY = 'arn:aws:kms:eu-west-1:444455556666:key/mrk-1234abcd12ab34cd56ef1234567890ab'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`
export const BUCKET = 'amzn-s3-demo-bucket'

const generated = generatePolicies({
  usages: [
    {
      operations: ['datasetGroup', 'datasetExportJob'],
      roleArns: [ROLE],
      kmsKeyArns: [KEY, OTHER_KEY],
      region: 'us-east-1'
    }
  ]
})

/** One policy of every kind, each with the reasons of its statements. */
export const GENERATED: PoliciesModel = {
  ...generated,
  bucketPolicies: [
    {
      bucket: BUCKET,
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'AllowPersonalizeRead',
            Effect: 'Allow',
            Principal: { Service: 'personalize.amazonaws.com' },
            Action: ['s3:GetObject', 's3:ListBucket'],
            Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`]
          }
        ]
      }
    }
  ]
}

/** The policies for a key that does not exist yet, with the role that may use it. */
export const NEW_KEY: PoliciesModel = {
  keyPolicies: [{ policy: generated.keyPolicies[0]?.policy ?? {} }],
  rolePolicies: [
    {
      roleArn: ROLE,
      policy: {
        Version: '2012-10-17',
        Statement: [{ Sid: 'AllowPersonalizeKeyUse', Effect: 'Allow', Action: 'kms:Decrypt', Resource: NEW_KEY_ARN }]
      }
    }
  ]
}

/** Texts that mean something in one of the forms: to a template language, a parser, a shell, or the eye of a reader. */
const TRAPS = [
  '${aws:PrincipalTag/x}',
  '$${y}',
  '$$${z}',
  '%{if true}',
  '%%{endif}',
  '<&>',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u202e',
  '\ufeff',
  '\u0000',
  '\n',
  '\r\n',
  '\t',
  '"',
  "'",
  '\\',
  '\\u0041',
  '`',
  '$(id)',
  'POLICY',
  '\nPOLICY\n',
  'NEW_KEY_ARN',
  '2012-10-17',
  'on',
  'y',
  '~',
  '<<',
  '=',
  '1:20',
  '0777',
  '1_000',
  '.inf',
  '- a',
  'a: b',
  ' # c',
  '*/',
  '//',
  '-->',
  '!Ref x',
  '&a',
  '*a',
  '@',
  '😀',
  ''
]

const trap = fc.constantFrom(...TRAPS)
const text = fc.oneof(
  { weight: 4, arbitrary: trap },
  { weight: 2, arbitrary: fc.array(trap, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) }
)
const name = fc.oneof(text, fc.constantFrom('aws:SourceVpc', 'for', 'null', '__proto__', 'constructor', 'Sid', '1'))

const members = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.uniqueArray(fc.tuple(name, values), { selector: ([key]) => key, maxLength: 3 }).map(Object.fromEntries)

const statement = fc.record(
  {
    Sid: text,
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: fc.oneof(fc.constant('*'), fc.record({ AWS: fc.oneof(text, fc.array(text, { maxLength: 3 })) })),
    Action: fc.oneof(text, fc.array(text, { maxLength: 8 })),
    Resource: text,
    Condition: fc.record({
      StringLike: members(fc.oneof(text, fc.array(text, { maxLength: 3 }))),
      Bool: members(fc.boolean()),
      NumericLessThan: members(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 })))
    })
  },
  { requiredKeys: ['Sid', 'Effect'] }
)

const policy = fc.record(
  { Version: fc.constantFrom('2012-10-17', '2008-10-17'), Id: text, Statement: fc.array(statement, { maxLength: 3 }) },
  { requiredKeys: ['Statement'] }
)

const reasons = fc.record({ sid: text, reason: text, source: text, operations: fc.array(text, { maxLength: 2 }) })

/** Policies full of traps, in texts, names and comments. */
export const hostileModel: fc.Arbitrary<PoliciesModel & Required<Pick<PoliciesModel, 'keyPolicies'>>> = fc.record({
  keyPolicies: fc.array(
    fc.record({
      kmsKeyArn: fc.constantFrom(KEY, OTHER_KEY),
      policy,
      statements: fc.array(reasons, { maxLength: 3 }),
      warning: text
    }),
    { minLength: 1, maxLength: 2 }
  ),
  rolePolicies: fc.array(fc.record({ roleArn: fc.constant(ROLE), policyName: text, policy }), { maxLength: 1 }),
  trustPolicies: fc.array(fc.record({ roleArn: fc.constant(ROLE), policy }), { maxLength: 1 }),
  bucketPolicies: fc.array(fc.record({ bucket: fc.constant(BUCKET), policy }), { maxLength: 1 }),
  warnings: fc.array(fc.record({ code: text, title: text, detail: text, source: text, kmsKeyArn: text }), { maxLength: 2 }),
  cannotFix: fc.array(fc.record({ code: text, detail: text }), { maxLength: 1 })
})

/** Every policy of a model as a plain value, in the order in which the forms have them. */
export function policiesOf (model: PoliciesModel): unknown[] {
  const { trustPolicies = [], keyPolicies = [], rolePolicies = [], bucketPolicies = [] } = model
  const policies = [...trustPolicies, ...keyPolicies, ...rolePolicies, ...bucketPolicies].map(({ policy }) => policy)
  return JSON.parse(JSON.stringify(policies))
}

/** Why a test that needs this program is skipped; false where it is on PATH. */
export function missing (program: string, ...args: string[]): string | false {
  const found = spawnSync(program, args, { stdio: 'ignore' })
  if (found.error === undefined && found.status === 0) return false
  if (process.env['CI'] === 'true') throw new Error(`${program} is not on PATH`)
  return `${program} is not on PATH`
}
