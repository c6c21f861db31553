import type { AnySchemaObject, ErrorObject } from 'ajv'

/** More do not help a client; that there are more is visible from one beyond. */
export const MAX_ERRORS = 100
/** Values that are looked at: the list ends there, however large the value is. */
export const MAX_VISITS = 25_000

/**
 * `visits`: how many values, names of properties and items were looked at. One error more than MAX_ERRORS says that
 * there are more.
 */
export interface ErrorList {
  errors: ErrorObject[]
  visits: number
}

/**
 * Lists what is wrong with a value, in Ajv's terms, for the keywords that our schemas have. The work is bounded while
 * it is done.
 */
export function createErrorLister (
  shared: readonly AnySchemaObject[]
): (schema: AnySchemaObject, value: unknown) => ErrorList {
  const ruleOf = createRules(shared)
  return (schema, value) => new Walk(ruleOf).list(schema, value)
}

/** What a schema demands, read once from it: the walk visits thousands of values with the same schema. */
interface Rule {
  schema: AnySchemaObject
  types: readonly string[]
  allowedValues: ReadonlySet<unknown> | undefined
  branches: readonly AnySchemaObject[] | undefined
  pattern: RegExp | undefined
  properties: ReadonlyMap<string, AnySchemaObject>
  byPattern: ReadonlyArray<readonly [RegExp, AnySchemaObject]>
  required: readonly string[]
  /** Of the properties that are not named: a schema, or false where there must be none. */
  rest: AnySchemaObject | boolean
}
type RuleOf = (schema: AnySchemaObject) => Rule

function createRules (shared: readonly AnySchemaObject[]): RuleOf {
  const named = new Map(shared.map((schema) => [`${schema['$id']}#`, schema]))
  const rules = new Map<AnySchemaObject, Rule>()
  return (reference) => {
    const known = rules.get(reference)
    if (known !== undefined) return known
    const rule = toRule(named.get(String(reference['$ref'])) ?? reference)
    rules.set(reference, rule)
    return rule
  }
}

function toRule (schema: AnySchemaObject): Rule {
  const { type = [], enum: values, anyOf, pattern, required = [], additionalProperties: rest = true } = schema
  const byName: Array<[string, AnySchemaObject]> = Object.entries(schema['properties'] ?? {})
  const byPattern: Array<[string, AnySchemaObject]> = Object.entries(schema['patternProperties'] ?? {})
  return {
    schema,
    types: [type].flat(),
    allowedValues: values === undefined ? undefined : new Set(values),
    branches: anyOf,
    pattern: typeof pattern === 'string' ? new RegExp(pattern, 'u') : undefined,
    properties: new Map(byName),
    byPattern: byPattern.map(([source, each]) => [new RegExp(source, 'u'), each]),
    required,
    rest
  }
}

class Walk {
  readonly #ruleOf: RuleOf
  readonly #path: string[] = []
  #errors: ErrorObject[] = []
  #visits = 0

  constructor (ruleOf: RuleOf) {
    this.#ruleOf = ruleOf
  }

  list (schema: AnySchemaObject, value: unknown): ErrorList {
    this.#visit(schema, value)
    return { errors: this.#errors, visits: this.#visits }
  }

  get #isOver (): boolean {
    return this.#errors.length > MAX_ERRORS || this.#visits >= MAX_VISITS
  }

  #add (schema: AnySchemaObject, data: unknown, keyword: string, params: Record<string, unknown>, message = ''): void {
    const instancePath = this.#path.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    this.#errors.push({ keyword, instancePath, schemaPath: '', params, message, parentSchema: schema, data })
  }

  #visit (reference: AnySchemaObject, value: unknown): void {
    if (this.#isOver) return
    this.#visits++
    const rule = this.#ruleOf(reference)
    const { schema, types, branches, allowedValues } = rule
    if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
      this.#add(schema, value, 'type', { type: schema['type'] })
      return
    }
    if (branches !== undefined) this.#visitUnion(schema, branches, value)
    if (allowedValues?.has(value) === false) this.#add(schema, value, 'enum', { allowedValues: schema['enum'] })
    if (schema['const'] !== undefined && schema['const'] !== value)
      this.#add(schema, value, 'const', {}, 'must be equal to constant')
    if (typeof value === 'string') this.#visitText(rule, value)
    else if (typeof value === 'number') this.#visitNumber(schema, value)
    else if (Array.isArray(value)) this.#visitItems(schema, value)
    else if (typeof value === 'object' && value !== null) this.#visitProperties(rule, value)
  }

  #visitText ({ schema, pattern }: Rule, value: string): void {
    const { minLength = 0, maxLength = Infinity } = schema
    // Characters, not UTF-16 units, of which there are at most twice as many.
    if (value.length > maxLength && lengthOf(value, maxLength) > maxLength)
      this.#add(schema, value, 'maxLength', { limit: maxLength }, `must NOT have more than ${maxLength} characters`)
    else if (value.length < 2 * minLength && lengthOf(value, minLength) < minLength)
      this.#add(schema, value, 'minLength', { limit: minLength }, `must NOT have fewer than ${minLength} characters`)
    else if (pattern?.test(value) === false) this.#add(schema, value, 'pattern', { pattern: schema['pattern'] })
  }

  #visitNumber (schema: AnySchemaObject, value: number): void {
    const { minimum = -Infinity, maximum = Infinity } = schema
    if (value < minimum) this.#add(schema, value, 'minimum', { limit: minimum }, `must be >= ${minimum}`)
    if (value > maximum) this.#add(schema, value, 'maximum', { limit: maximum }, `must be <= ${maximum}`)
  }

  #visitItems (schema: AnySchemaObject, value: unknown[]): void {
    const { minItems = 0, maxItems = Infinity, items, uniqueItems } = schema
    if (value.length < minItems) this.#add(schema, value, 'minItems', { limit: minItems })
    if (value.length > maxItems) this.#add(schema, value, 'maxItems', { limit: maxItems })
    // What is beyond the limit has to go anyway.
    const [checked, path] = [value.slice(0, maxItems), this.#path]
    if (typeof items === 'object') {
      for (let index = 0; index < checked.length && !this.#isOver; index++) {
        path.push(String(index))
        this.#visit(items, checked[index])
        path.pop()
      }
    }
    if (uniqueItems === true) this.#visitDuplicates(schema, checked)
  }

  #visitDuplicates (schema: AnySchemaObject, items: unknown[]): void {
    const seen = new Map<string, number>()
    for (let index = 0; index < items.length && !this.#isOver; index++) {
      this.#visits++
      const text = JSON.stringify(items[index])
      const first = seen.get(text)
      if (first === undefined) seen.set(text, index)
      else this.#add(schema, items, 'uniqueItems', { index, first })
    }
  }

  #visitProperties (rule: Rule, value: object): void {
    const { schema, required, rest } = rule
    for (const missingProperty of required)
      if (!Object.hasOwn(value, missingProperty)) this.#add(schema, value, 'required', { missingProperty })
    const checked: Array<[string, readonly AnySchemaObject[]]> = []
    for (const name of Object.keys(value)) {
      if (this.#isOver) return
      this.#visits++
      const schemas = schemasOf(rule, name)
      if (schemas.length > 0) checked.push([name, schemas])
      else if (rest === false) this.#add(schema, value, 'additionalProperties', { additionalProperty: name })
    }
    for (const [name, schemas] of checked) {
      if (this.#isOver) return
      const member: unknown = Reflect.get(value, name)
      this.#path.push(name)
      for (const each of schemas) this.#visit(each, member)
      this.#path.pop()
    }
  }

  /**
   * The errors below the first branch of the value's own type that has such; else the union as a whole does not fit.
   */
  #visitUnion (schema: AnySchemaObject, branches: readonly AnySchemaObject[], value: unknown): void {
    const before = this.#errors
    let deepest: ErrorObject[] = []
    let missing: ErrorObject[] | undefined
    for (const branch of branches) {
      this.#errors = []
      this.#visit(branch, value)
      const found = this.#errors
      if (found.length === 0) {
        this.#errors = before
        return
      }
      const depth = this.#path.length
      // A repeated item is reported by its list, and is a level deeper all the same.
      const deeper = found.filter(
        ({ instancePath, keyword }) => keyword === 'uniqueItems' || instancePath.split('/').length - 1 > depth
      )
      if (deepest.length === 0) deepest = deeper
      missing ??= found.every(({ keyword }) => keyword === 'required') ? found : undefined
    }
    // One of several properties has to be there: the first is the usual one.
    if (deepest.length === 0) deepest = missing ?? []
    this.#errors = before
    // A branch that was not walked to its end may fit.
    if (deepest.length === 0 && this.#isOver) return
    if (deepest.length === 0) this.#add(schema, value, 'anyOf', {})
    else for (const error of deepest.slice(0, MAX_ERRORS + 1 - before.length)) before.push(error)
  }
}

/** The schemas that a property of this name has to fit. */
function schemasOf ({ properties, byPattern, rest }: Rule, name: string): readonly AnySchemaObject[] {
  const own = properties.get(name)
  const schemas = own === undefined ? [] : [own]
  for (const [pattern, each] of byPattern) if (pattern.test(name)) schemas.push(each)
  if (schemas.length === 0 && typeof rest === 'object') schemas.push(rest)
  return schemas
}

function isOfType (type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

/** Characters of a text, counted to one beyond `enough`. */
function lengthOf (text: string, enough: number): number {
  let length = 0
  for (const _character of text) if (++length > enough) break
  return length
}
