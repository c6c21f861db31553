import { Environment } from '../../src/config/environment.js'

interface Schema {
  type: string
  enum?: readonly string[]
  format?: string
  minimum?: number
  maximum?: number
  default?: unknown
}

/** As a JSON schema, without the types of TypeBox. */
const VARIABLES: Readonly<Record<string, Schema>> = JSON.parse(JSON.stringify(Environment.properties))

/** Every variable with what it accepts and its default. */
export function variableRows (): Array<{ name: string; accepts: string; byDefault: string }> {
  return Object.entries(VARIABLES).map(([name, schema]) => ({
    name,
    accepts: acceptsOf(schema),
    byDefault: schema.default === undefined ? '' : `\`${String(schema.default)}\``
  }))
}

function acceptsOf ({ type, enum: values, format, minimum, maximum }: Schema): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  if (type === 'integer') return `${minimum?.toLocaleString('en')} to ${maximum?.toLocaleString('en')}`
  if (type === 'boolean') return '`true`, `false`'
  return format?.replaceAll('-', ' ') ?? 'text'
}
