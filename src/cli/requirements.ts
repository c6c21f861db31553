import { OPERATIONS } from '../../schemas/usage.js'
import { ACCESS_REQUIREMENTS } from '../personalize/requirements.js'
import { CommandError } from './exit.js'
import { writeResult } from './terminal.js'

export interface RequirementsOptions {
  operation: string[]
  format: 'table' | 'json'
}

/** `requirements`: what generator and verifier both work from, as GET /requirements answers it. */
export async function listRequirements ({ operation, format }: RequirementsOptions): Promise<void> {
  const unknown = operation.filter((name) => !OPERATIONS.some((known) => known === name))
  if (unknown.length > 0)
    throw new CommandError(`unknown operation ${unknown.join(', ')}: it must be one of ${OPERATIONS.join(', ')}`)
  const requirements = ACCESS_REQUIREMENTS.filter((row) => operation.length === 0 || operation.includes(row.operation))
  await writeResult(format === 'json' ? JSON.stringify({ requirements }, null, 2) : tableOf(requirements))
}

const COLUMNS = ['operation', 'service', 'principal', 'policy', 'profile', 'actions', 'key'] as const

function tableOf (requirements: typeof ACCESS_REQUIREMENTS): string {
  const cells = requirements.map((row) =>
    COLUMNS.map((column) => (column === 'actions' ? row.actions.join(', ') : (row[column] ?? '')))
  )
  const rows = [COLUMNS.map((name) => name.toUpperCase()), ...cells]
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
