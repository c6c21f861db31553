import { asList, isObject, type JsonObject, pointerSegment } from '../../json/json.js'
import { conditionFaults, conditionsOf } from './storable-condition.js'
import { notAws, principalFaults, principalsOf } from './storable-principal.js'
import {
  ATTACHED_IN_IAM,
  type DocumentKind,
  EVERY_KIND,
  IN_IAM,
  IN_ORGANIZATIONS,
  type StoredValue,
  type StatementRule,
  type StorageFault
} from './storable-rule.js'
import { documentFaults, faultAt, repeatedSids } from './storable-document.js'
import { sizeFaults } from './storable-size.js'
import { resourceControlFaults } from './storable-resource-control.js'

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const ORGANIZATIONS = 'https://docs.aws.amazon.com/organizations/latest/userguide'
const GRAMMAR = `${IAM}/reference_policies_grammar.html`
const BUCKET_POLICY = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html'
const PRINCIPAL = `${IAM}/reference_policies_elements_principal.html`

/** More faults than this help no reader; documents may hold tens of thousands. */
const MAX_FAULTS = 100

const PAIRS = ['Principal', 'Action', 'Resource'] as const
const ELEMENTS = new Set(['Sid', 'Effect', ...PAIRS.flatMap((name) => [name, `Not${name}`]), 'Condition'])

const PRINCIPALS = ['Principal', 'NotPrincipal'] as const
const ACTIONS = ['Action', 'NotAction'] as const
const RESOURCES = ['Resource', 'NotResource'] as const
const LISTS = [...ACTIONS, ...RESOURCES] as const

const NONE: readonly StoredValue[] = []

/** The members of these names that the statement has. */
function present (statement: JsonObject, names: readonly string[]): readonly StoredValue[] {
  let found: StoredValue[] | undefined
  for (const name of names) {
    const value = statement[name]
    if (value !== undefined) (found ??= []).push({ at: `/${pointerSegment(name)}`, value })
  }
  return found ?? NONE
}

/** The statement itself where it has neither the element nor its `Not…` form. */
const absent = (statement: JsonObject, name: (typeof PAIRS)[number]): readonly StoredValue[] =>
  statement[name] === undefined && statement[`Not${name}`] === undefined ? [{ at: '', value: statement }] : NONE

/** Those values of the members of these names that have a fault, also where a list holds them. */
function faultyValues (
  statement: JsonObject,
  names: readonly string[],
  isFault: (value: unknown) => boolean
): readonly StoredValue[] {
  let faulty: StoredValue[] | undefined
  for (const name of names) {
    const member = statement[name]
    if (member === undefined) continue
    const values = asList(member)
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      if (isFault(value)) (faulty ??= []).push({ at: values === member ? `/${name}/${index}` : `/${name}`, value })
    }
  }
  return faulty ?? NONE
}

/** The member of this name if it has a fault. */
const faultyMember = (
  statement: JsonObject,
  name: string,
  isFault: (value: unknown) => boolean
): readonly StoredValue[] => {
  const value = statement[name]
  return value !== undefined && isFault(value) ? [{ at: `/${name}`, value }] : NONE
}

const isNoText = (value: unknown): boolean => typeof value !== 'string'
const isNoSidOfIam = (value: unknown): boolean => typeof value === 'string' && !/^[A-Za-z0-9]*$/.test(value)
const isVendorless = (value: unknown): boolean =>
  typeof value === 'string' && !value.includes(':') && !/^[*?]+$/.test(value)
const isOfAnotherService = (value: unknown): boolean =>
  typeof value === 'string' && value.includes(':') && !/^sts:/i.test(value) && !value.startsWith('*')

/** A value that begins with a wildcard or a variable may become an ARN. */
const isNoArn = (value: unknown): boolean => typeof value === 'string' && !/^(arn:|[*?]|\$\{)/.test(value)
const isNoBucketArn = (value: unknown): boolean =>
  typeof value === 'string' && value !== '*' && !/^(\$\{|arn:[^:]*:s3[^:]*:)/.test(value)
const isNoActionOfS3 = (value: unknown): boolean =>
  typeof value === 'string' && !/^(\*$|s3[a-z-]*:)/i.test(value)

const STATEMENT_RULES: readonly StatementRule[] = [
  {
    kinds: EVERY_KIND,
    rule: 'is no element of a statement',
    source: GRAMMAR,
    find: (statement) => {
      const names = Object.keys(statement)
      return names.every((name) => ELEMENTS.has(name))
        ? NONE
        : present(statement, names.filter((name) => !ELEMENTS.has(name)))
    }
  },
  {
    kinds: EVERY_KIND,
    rule: 'Effect must be Allow or Deny, spelled exactly so',
    source: `${IAM}/reference_policies_elements_effect.html`,
    find: ({ Effect: value }) => (value === 'Allow' || value === 'Deny' ? NONE : [{ at: '/Effect', value }])
  },
  {
    kinds: EVERY_KIND,
    rule: 'an element and its Not… form exclude each other',
    source: GRAMMAR,
    find: (statement) => {
      const { NotPrincipal, NotAction, NotResource } = statement
      if (NotPrincipal === undefined && NotAction === undefined && NotResource === undefined) return NONE
      return present(
        statement,
        PAIRS.filter((name) => statement[name] !== undefined).map((name) => `Not${name}`)
      )
    }
  },
  {
    kinds: EVERY_KIND,
    rule: 'must be text or a list of texts',
    source: GRAMMAR,
    find: (statement) =>
      faultyValues(statement, LISTS, isNoText)
  },
  {
    kinds: EVERY_KIND,
    rule: 'Sid must be text',
    source: GRAMMAR,
    find: (statement) => faultyMember(statement, 'Sid', isNoText)
  },
  {
    kinds: IN_IAM,
    rule: 'a Sid in IAM has letters (A-Z, a-z) and digits only',
    source: `${IAM}/reference_policies_elements_sid.html`,
    find: (statement) => faultyMember(statement, 'Sid', isNoSidOfIam)
  },
  {
    kinds: [...ATTACHED_IN_IAM, 'serviceControlPolicy'],
    rule: 'a policy of this kind must not name a principal',
    source: PRINCIPAL,
    find: (statement) => present(statement, PRINCIPALS)
  },
  {
    kinds: ['trustPolicy'],
    rule: 'a trust policy must name a principal',
    source: PRINCIPAL,
    find: (statement) => absent(statement, 'Principal')
  },
  {
    kinds: ['bucketPolicy'],
    rule: 'a bucket policy must name a principal',
    source: BUCKET_POLICY,
    find: (statement) => absent(statement, 'Principal')
  },
  {
    kinds: ['trustPolicy'],
    rule: 'a trust policy must not have NotPrincipal',
    source: `${IAM}/reference_policies_elements_notprincipal.html`,
    find: (statement) => faultyMember(statement, 'NotPrincipal', () => true)
  },
  ...resourceControlFaults(`${ORGANIZATIONS}/orgs_manage_policies_rcps_syntax.html`),
  {
    kinds: ['bucketPolicy', ...IN_IAM, ...IN_ORGANIZATIONS],
    rule: 'the statement must have Action or NotAction',
    source: `${IAM}/reference_policies_elements_action.html`,
    find: (statement) => absent(statement, 'Action')
  },
  {
    kinds: ['bucketPolicy', ...ATTACHED_IN_IAM, ...IN_ORGANIZATIONS],
    rule: 'the statement must have Resource or NotResource',
    source: `${IAM}/reference_policies_elements_resource.html`,
    find: (statement) => absent(statement, 'Resource')
  },
  {
    kinds: ['bucketPolicy'],
    rule: 'a bucket policy must only name its bucket and the objects in it',
    source: BUCKET_POLICY,
    find: (statement) => faultyValues(statement, RESOURCES, isNoBucketArn)
  },
  {
    kinds: ['bucketPolicy'],
    rule: 'a bucket policy must only have actions of Amazon S3',
    source: BUCKET_POLICY,
    find: (statement) => faultyValues(statement, ['Action'], isNoActionOfS3)
  },
  {
    kinds: ['trustPolicy'],
    rule: 'a trust policy must not have a Resource: it is about its own role',
    source: `${IAM}/reference_policies_elements_resource.html`,
    find: (statement) => present(statement, RESOURCES)
  },
  {
    kinds: ['trustPolicy'],
    rule: 'a trust policy may only specify STS AssumeRole actions',
    source: `${IAM}/id_roles_update-role-trust-policy.html`,
    find: (statement) => faultyValues(statement, ['Action'], isOfAnotherService)
  },
  {
    kinds: [...IN_IAM, ...IN_ORGANIZATIONS],
    rule: 'an action must begin with the prefix of its service, for example kms:Decrypt',
    source: `${IAM}/reference_policies_elements_action.html`,
    find: (statement) => faultyValues(statement, ACTIONS, isVendorless)
  },
  {
    kinds: [...ATTACHED_IN_IAM, 'serviceControlPolicy'],
    rule: 'a resource must be "*" or an ARN',
    source: `${IAM}/reference_policies_elements_resource.html`,
    find: (statement) => faultyValues(statement, RESOURCES, isNoArn)
  },
  ...principalFaults(PRINCIPAL),
  ...conditionFaults()
]

const RULES_OF = new Map(
  EVERY_KIND.map((kind) => [kind, STATEMENT_RULES.filter(({ kinds }) => kinds.includes(kind))] as const)
)

/**
 * Everything for which AWS certainly refuses to store this document as a policy of this kind; at most 100 faults.
 * A unique id in the place of a deleted principal is none of them: it is in documents that AWS has stored.
 * `length`: of the compact text of the document, where it is known.
 */
export function storageFaults (kind: DocumentKind, document: JsonObject, length?: number): StorageFault[] {
  const isInIam = IN_IAM.some((name) => name === kind)
  const rules = RULES_OF.get(kind) ?? []
  const isList = Array.isArray(document['Statement'])
  const list = document['Statement'] === undefined ? [] : asList(document['Statement'])
  const statements = list.map((statement, index) => ({
    statement,
    pointer: isList ? `/Statement/${index}` : '/Statement'
  }))
  const found = documentFaults(document).concat(sizeFaults(kind, document, length))
  for (const { statement, pointer } of statements) {
    if (found.length >= MAX_FAULTS) break
    if (!isObject(statement)) {
      found.push(faultAt({ rule: 'a statement must be an object', source: GRAMMAR }, pointer, statement))
      continue
    }
    const principals = principalsOf(statement)
    const parts = { principals, notAws: notAws(principals), conditions: conditionsOf(statement) }
    for (const each of rules) {
      const values = each.find(statement, parts)
      // Nearly every rule finds nothing.
      if (values.length > 0) for (const { at, value } of values) found.push(faultAt(each, `${pointer}${at}`, value))
    }
  }
  return (isInIam ? found.concat(repeatedSids(statements)) : found).slice(0, MAX_FAULTS)
}
