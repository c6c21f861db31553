import { OPERATORS, type Operator, type Test } from './condition-operators.js'
import { asList, describe, isObject, pointerSegment, type Unsupported } from './json.js'
import { hasVariable, parseTemplate, type Template } from './template.js'
import type { Pattern } from './wildcard.js'

/** One value of a condition: compared as it stands, or after its variables have been put in (`pattern`: what came of that). */
export type ConditionValue = { text: string, test: Test, pattern?: Pattern } | { text: string, template: Template }

/** One operator on one key: `"StringEqualsIfExists": { "aws:SourceAccount": ["111122223333"] }`. */
export interface Condition {
  operatorName: string
  operator: Operator
  set: 'forAllValues' | 'forAnyValue' | undefined
  ifExists: boolean
  /** As the policy spells it. */
  keyName: string
  /** Lower-case: condition key names are not case-sensitive. */
  key: string
  values: readonly ConditionValue[]
}

interface OperatorName { operator: Operator, set: Condition['set'], ifExists: boolean }

/** Every name of an operator as AWS spells it. `Null` takes neither prefix nor `IfExists`. */
const SPELLED_NAMES = [...OPERATORS].flatMap(([name, operator]): Array<[string, OperatorName]> => {
  const plain: OperatorName = { operator, set: undefined, ifExists: false }
  if (operator.family === 'null') return [[name, plain]]
  return ([['', undefined], ['ForAllValues:', 'forAllValues'], ['ForAnyValue:', 'forAnyValue']] as const).flatMap(([prefix, set]): Array<[string, OperatorName]> =>
    [[prefix + name, { ...plain, set }], [`${prefix}${name}IfExists`, { ...plain, set, ifExists: true }]])
})

/** The same, and all in lower case: operator names are not case-sensitive. */
const OPERATOR_NAMES: ReadonlyMap<string, OperatorName> = new Map([...SPELLED_NAMES, ...SPELLED_NAMES.map(([name, parsed]): [string, OperatorName] => [name.toLowerCase(), parsed])])

/**
 * Reads a `Condition` element. A condition that cannot be read is reported and left out; the statement must then not be
 * relied on, but the other conditions still can keep it from applying.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
 */
export function parseConditions (element: unknown, variables: boolean, pointer: string, report: (fault: Unsupported) => void): Condition[] {
  if (!isObject(element)) {
    report({ pointer, what: 'Condition is not an object' })
    return []
  }
  const conditions: Condition[] = []
  for (const operatorName of Object.keys(element)) {
    const keys = element[operatorName]
    const parsed = OPERATOR_NAMES.get(operatorName) ?? OPERATOR_NAMES.get(operatorName.toLowerCase())
    const at = `${pointer}/${pointerSegment(operatorName)}`
    if (parsed === undefined) report({ pointer: at, what: `unknown condition operator ${operatorName.slice(0, 80)}` })
    else if (!isObject(keys)) report({ pointer: at, what: 'the keys of a condition operator are not an object' })
    else {
      const { operator, set, ifExists } = parsed
      for (const keyName of Object.keys(keys)) {
        const values = parseValues(operator, keys[keyName], variables, (what) => { report({ pointer: `${at}/${pointerSegment(keyName)}`, what }) })
        if (values !== undefined) conditions.push({ operatorName, operator, set, ifExists, keyName, key: keyName.toLowerCase(), values })
      }
    }
  }
  return conditions
}

function parseValues (operator: Operator, values: unknown, variables: boolean, report: (what: string) => void): ConditionValue[] | undefined {
  let sound = true
  const parsed: ConditionValue[] = []
  for (const value of asList(values)) {
    // Booleans and numbers compare as their text.
    const text = typeof value === 'string' ? value : typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined
    const compiled = text === undefined ? undefined : compileValue(operator, text, variables)
    if (compiled === undefined) {
      sound = false
      report(`${describe(value)} is no value for this operator`)
    } else {
      parsed.push(compiled)
    }
  }
  return sound ? parsed : undefined
}

function compileValue (operator: Operator, text: string, variables: boolean): ConditionValue | undefined {
  if (variables && operator.testPattern !== undefined && hasVariable(text)) {
    const template = parseTemplate(text)
    return template && { text, template }
  }
  const test = operator.test(text)
  return test && { text, test }
}
