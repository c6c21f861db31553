import type { AnySchemaObject, ErrorObject } from 'ajv'

/** More help nobody; that there are more is visible from one beyond. */
export const MAX_ERRORS = 100
/** Values that are looked at: the list ends there, however large the value is. */
const MAX_VISITS = 25_000

/** `visits`: how many values were looked at. One error more than MAX_ERRORS says that there are more. */
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
  const named = new Map(shared.map((schema) => [`${schema['$id']}#`, schema]))
  const patterns = new Map<string, RegExp>()
  const patternOf = (source: string): RegExp => {
    const pattern = patterns.get(source) ?? new RegExp(source, 'u')
    patterns.set(source, pattern)
    return pattern
  }
  return (schema, value) => new Walk(named, patternOf).list(schema, value)
}

class Walk {
  readonly #named: ReadonlyMap<string, AnySchemaObject>
  readonly #patternOf: (source: string) => RegExp
  readonly #path: string[] = []
  #errors: ErrorObject[] = []
  #visits = 0

  constructor (named: ReadonlyMap<string, AnySchemaObject>, patternOf: (source: string) => RegExp) {
    this.#named = named
    this.#patternOf = patternOf
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

  #resolve (schema: AnySchemaObject): AnySchemaObject {
    return typeof schema['$ref'] === 'string' ? (this.#named.get(schema['$ref']) ?? schema) : schema
  }

  #visit (reference: AnySchemaObject, value: unknown): void {
    if (this.#isOver) return
    this.#visits++
    const schema = this.#resolve(reference)
    const types: string[] = [schema['type'] ?? []].flat()
    if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
      this.#add(schema, value, 'type', { type: schema['type'] })
      return
    }
    if (schema['anyOf'] !== undefined) this.#visitUnion(schema, value)
    if (schema['enum']?.includes(value) === false) this.#add(schema, value, 'enum', { allowedValues: schema['enum'] })
    if (schema['const'] !== undefined && schema['const'] !== value)
      this.#add(schema, value, 'const', {}, 'must be equal to constant')
    if (typeof value === 'string') this.#visitText(schema, value)
    else if (typeof value === 'number') this.#visitNumber(schema, value)
    else if (Array.isArray(value)) this.#visitItems(schema, value)
    else if (typeof value === 'object' && value !== null) this.#visitProperties(schema, new Map(Object.entries(value)))
  }

  #visitText (schema: AnySchemaObject, value: string): void {
    const { minLength = 0, maxLength = Infinity, pattern } = schema
    // Characters, not UTF-16 units, of which there are at most twice as many.
    if (value.length > maxLength && lengthOf(value, maxLength) > maxLength)
      this.#add(schema, value, 'maxLength', { limit: maxLength }, `must NOT have more than ${maxLength} characters`)
    else if (value.length < 2 * minLength && lengthOf(value, minLength) < minLength)
      this.#add(schema, value, 'minLength', { limit: minLength }, `must NOT have fewer than ${minLength} characters`)
    else if (typeof pattern === 'string' && !this.#patternOf(pattern).test(value))
      this.#add(schema, value, 'pattern', { pattern })
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

  #visitProperties (schema: AnySchemaObject, value: ReadonlyMap<string, unknown>): void {
    const { properties = {}, required = [], additionalProperties: rest } = schema
    for (const missingProperty of required)
      if (!value.has(missingProperty)) this.#add(schema, value, 'required', { missingProperty })
    const byPattern: Array<[string, AnySchemaObject]> = Object.entries(schema['patternProperties'] ?? {})
    const schemasOf = (name: string): AnySchemaObject[] => {
      const matching = byPattern.filter(([pattern]) => this.#patternOf(pattern).test(name)).map(([, each]) => each)
      const own = Object.hasOwn(properties, name) ? [properties[name], ...matching] : matching
      return own.length === 0 && typeof rest === 'object' ? [rest] : own
    }
    for (const additionalProperty of rest === false ? value.keys() : []) {
      if (this.#isOver) return
      if (schemasOf(additionalProperty).length === 0)
        this.#add(schema, value, 'additionalProperties', { additionalProperty })
    }
    for (const [name, member] of value) {
      if (this.#isOver) return
      this.#path.push(name)
      for (const each of schemasOf(name)) this.#visit(each, member)
      this.#path.pop()
    }
  }

  /**
   * The errors below the first branch of the value's own type that has such; else the union as a whole does not fit.
   */
  #visitUnion (schema: AnySchemaObject, value: unknown): void {
    const branches: AnySchemaObject[] = schema['anyOf']
    const before = this.#errors
    let deepest: ErrorObject[] = []
    for (const branch of branches) {
      this.#errors = []
      this.#visit(branch, value)
      const found = this.#errors
      if (found.length === 0) {
        this.#errors = before
        return
      }
      const depth = this.#path.length
      const deeper = found.filter(({ instancePath }) => instancePath.split('/').length - 1 > depth)
      if (deepest.length === 0) deepest = deeper
    }
    this.#errors = before
    if (deepest.length === 0) this.#add(schema, value, 'anyOf', {})
    else for (const error of deepest.slice(0, MAX_ERRORS + 1 - before.length)) before.push(error)
  }
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
