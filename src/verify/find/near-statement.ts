import type { StatementReference } from '../../../schemas/verification.js'
import { formatStatement, takeFirst } from '../../findings/format.js'

/** Why nothing allows an access: the text, and the statements that it refers to. */
export interface Gap {
  text: string
  statements: StatementReference[]
}

/** A statement that comes near to allowing an access, and what it lacks: `does not list them`. */
export interface NearStatement {
  statement: StatementReference
  lack: string
}

/** A text with what comes near, where something does. */
export function withNear (text: string, near: readonly NearStatement[]): Gap {
  const statements = distinctStatements(near)
  if (near.length === 0) return { text, statements }
  const { listed, left } = takeFirst(near, MAX_NEAR)
  const texts = listed.map(({ statement, lack }) => `${formatStatement(statement)} ${lack}`)
  return { text: `${text}: ${[...texts, ...(left > 0 ? [`and ${left} more`] : [])].join('; ')}`, statements }
}

/** A statement may come near in several ways. */
export function distinctStatements (near: readonly NearStatement[]): StatementReference[] {
  return [...new Map(near.map(({ statement }) => [JSON.stringify(statement), statement])).values()]
}

const MAX_NEAR = 5
