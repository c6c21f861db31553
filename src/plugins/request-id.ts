import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const REQUEST_ID_HEADER = 'x-request-id'

const ACCEPTABLE = /^[A-Za-z0-9._-]{1,64}$/

/** 96 random bits tell processes apart, and a count the requests of each: to draw such bits for every request takes a good deal of its time. */
const PROCESS = randomBytes(12).toString('base64url')
let made = 0

/** The caller's id if it can stand in a log line as it is, else a new one. */
export function requestIdOf (request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers[REQUEST_ID_HEADER]
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : `${PROCESS}-${(++made).toString(36)}`
}
