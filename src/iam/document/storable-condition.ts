import { asList, isObject, type JsonObject, pointerSegment } from '../../json/json.js'
import { isConditionOperator } from '../condition/condition.js'
import {
  type ConditionPlace,
  EVERY_KIND,
  type StoredValue,
  type StatementParts,
  type StatementRule
} from './storable-rule.js'

const OPERATORS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html'
const GRAMMAR = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html'
const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'

/** Keys with which KMS refuses ForAllValues (`OverlyPermissiveCondition`). */
const SINGLE_VALUES = ['kms:encryptioncontext:', 'aws:requesttag/']

const NO_CONDITIONS: readonly ConditionPlace[] = []
const NONE: readonly StoredValue[] = []

/** Each condition of a statement: its operator, its key in lower case, its values. */
export function conditionsOf ({ Condition: condition }: JsonObject): readonly ConditionPlace[] {
  if (!isObject(condition)) return NO_CONDITIONS
  const places: ConditionPlace[] = []
  for (const operator of Object.keys(condition)) {
    const keys = condition[operator]
    if (!isObject(keys)) continue
    for (const name of Object.keys(keys))
      places.push({
        operator,
        key: name.toLowerCase(),
        at: `/Condition/${pointerSegment(operator)}/${pointerSegment(name)}`,
        value: keys[name]
      })
  }
  return places
}

function notAnOperator ({ Condition: condition }: JsonObject): readonly StoredValue[] {
  if (!isObject(condition)) return NONE
  return Object.keys(condition)
    .filter((operator) => !isConditionOperator(operator))
    .map((operator) => ({ at: `/Condition/${pointerSegment(operator)}`, value: operator }))
}

function notAnObject ({ Condition: condition }: JsonObject): readonly StoredValue[] {
  if (condition === undefined) return NONE
  if (!isObject(condition)) return [{ at: '/Condition', value: condition }]
  return Object.keys(condition)
    .filter((operator) => !isObject(condition[operator]))
    .map((operator) => ({ at: `/Condition/${pointerSegment(operator)}`, value: condition[operator] }))
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
const usesKey =
  (isMeant: (key: string) => boolean) =>
    (_: JsonObject, { conditions }: StatementParts): readonly StoredValue[] =>
      conditions.length === 0
        ? NONE
        : conditions
          .filter(({ key }) => isMeant(key))
          .map(({ at, value, key }) => ({ at, value: isScalar(value) ? value : key }))

export function conditionFaults (): StatementRule[] {
  return [
    { kinds: EVERY_KIND, rule: 'must be an object', source: GRAMMAR, find: notAnObject },
    { kinds: EVERY_KIND, rule: 'is no condition operator', source: OPERATORS, find: notAnOperator },
    {
      kinds: EVERY_KIND,
      rule: 'the values of a condition must be text, or a list of texts',
      source: GRAMMAR,
      find: (_, { conditions }) =>
        conditions.length === 0 ? NONE : conditions.filter(({ value }) => !asList(value).every(isScalar))
    },
    {
      kinds: ['keyPolicy'],
      rule: 'the condition key aws:ResourceTag is not supported in a key policy',
      source: `${KMS}/conditions-aws.html`,
      find: usesKey((key) => key.startsWith('aws:resourcetag/'))
    },
    {
      kinds: ['keyPolicy'],
      rule: 'the condition key kms:ResourceAliases is not supported in a key policy',
      source: `${KMS}/conditions-kms.html#conditions-kms-resource-aliases`,
      find: usesKey((key) => key === 'kms:resourcealiases')
    },
    {
      kinds: ['keyPolicy'],
      rule: 'ForAllValues on an encryption context or a tag is refused in an Allow: it is true for a call without one',
      source: `${KMS}/conditions-kms.html#conditions-kms-encryption-context`,
      find: (statement, { conditions }) =>
        conditions.length > 0 && statement['Effect'] === 'Allow'
          ? conditions.filter(
            ({ operator, key }) =>
              /^forallvalues:/i.test(operator) && SINGLE_VALUES.some((prefix) => key.startsWith(prefix))
          )
          : NONE
    }
  ]
}
