import type { AnySchemaObject } from 'ajv'
import { namedSchemas } from '../../../schemas/index.js'
import type { Problem } from '../../../schemas/problem.js'
import { ERRORS, ServiceError } from '../../errors.js'
import { bodyErrors, invalidRequest } from '../../http/request/faults.js'
import { createErrorLister } from '../../http/request/schema-errors.js'

/** A problem document as the service would answer it; `instance`, the request id, only if a request was sent. */
export type PageProblem = Omit<Problem, 'instance' | 'type'> & { instance?: string }

/** What the service answers to the same body: 200 with the body, or a problem. */
export type Answer<T> = { status: 200; body: T } | { status: number; problem: PageProblem }

const listErrors = createErrorLister(namedSchemas)

/** Checks a body by its schema and computes the answer, with the faults and texts of the service. */
export function answer<B, T> (schema: AnySchemaObject, body: unknown, compute: (body: B) => T): Answer<T> {
  try {
    assertValid<B>(schema, body)
    return { status: 200, body: compute(body) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { status: error.statusCode, problem: problemOf(error) }
  }
}

/** A body of more than MAX_VISITS values is checked only so far. */
function assertValid<B> (schema: AnySchemaObject, body: unknown): asserts body is B {
  const list = listErrors(schema, body)
  if (list.errors.length > 0) throw invalidRequest(bodyErrors(body, list))
}

function problemOf ({ code, statusCode, message, faults }: ServiceError): PageProblem {
  return {
    title: ERRORS[code].title,
    status: statusCode,
    detail: message,
    code,
    errors: faults.map(({ pointer, detail }) => ({ pointer, detail }))
  }
}
