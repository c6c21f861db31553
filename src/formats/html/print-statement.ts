import stringify from 'json-stringify-pretty-compact'

/** One statement in few lines: a statement with one principal or condition takes one line for it. */
export const printStatement = (statement: unknown): string => stringify(statement, { indent: 2, maxLength: 96 })
