import { Finding, StatementReference } from '../../schemas/finding.js'
import { Reads } from '../../schemas/live.js'
import { Remediation } from '../../schemas/remediation.js'
import { Check, Report, ReportSummary, S3Check } from '../../schemas/verification.js'
import { MEMBER_HELP } from './member-help.js'

/** What is read of a JSON schema. */
interface Schema {
  type?: string
  description?: string
  enum?: readonly string[]
  $ref?: string
  items?: Schema
  properties?: Record<string, Schema>
}

/** A table of members: its heading, and a row for each member. */
export interface MemberTable {
  name: string
  rows: Array<{ name: string; type: string; meaning: string }>
}

/** As JSON schemas, without the types of TypeBox. */
const SCHEMAS: Readonly<Record<string, Schema>> = JSON.parse(
  JSON.stringify({ Report, ReportSummary, Finding, StatementReference, Check, S3Check, Remediation, Reads })
)

/** Every schema of a report with its members; those of an object within it are named with a dot. */
export function memberTables (): MemberTable[] {
  return Object.entries(SCHEMAS).map(([name, schema]) => ({ name, rows: membersOf(schema, '') }))
}

function membersOf ({ properties = {} }: Schema, prefix: string): MemberTable['rows'] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`
    const inner = schema.type === 'array' ? schema.items : schema
    const row = { name: path, type: typeOf(schema), meaning: meaningOf(schema, name) }
    const nested = inner?.properties === undefined ? [] : membersOf(inner, `${path}${schema.type === 'array' ? '[]' : ''}.`)
    return [row, ...nested]
  })
}

function typeOf (schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace(/#$/, '')
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'values' : typeOf(schema.items)}`
  return schema.enum === undefined ? (schema.type ?? 'any') : 'word'
}

/** The description, or that of the schema referred to, and the values that a word can have. */
function meaningOf (schema: Schema, name: string): string {
  const { enum: values, items } = schema
  const described = schema.description ?? referredTo(schema)?.description ?? referredTo(items)?.description
  const description = described ?? MEMBER_HELP[name] ?? ''
  const listed = values ?? items?.enum
  return [description, listed === undefined ? '' : `${listed.map((value) => `\`${value}\``).join(', ')}.`]
    .filter((part) => part !== '')
    .join(' ')
}

function referredTo (schema: Schema | undefined): Schema | undefined {
  return schema?.$ref === undefined ? undefined : SCHEMAS[schema.$ref.replace(/#$/, '')]
}
