import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemLine } from '../../../schemas/verification-line.js'
import { ERROR_DESCRIPTIONS } from '../../error-descriptions.js'
import { ServiceError } from '../../errors.js'
import { noteProblem } from './access-log.js'
import { problemOf } from './problem.js'

/** JSON texts, one a line. https://github.com/ndjson/ndjson-spec */
export const NDJSON = 'application/x-ndjson'

/** How to tell of what broke off an answer that has begun. */
type Tell = (thrown: unknown) => ProblemLine

/**
 * Streams the lines as they come, no faster than the client takes them. What is thrown before the first line is
 * thrown on, so that it gets its status; what is thrown later is the last line.
 */
export async function sendLines<T extends object> (
  lines: AsyncGenerator<T>,
  request: FastifyRequest,
  reply: FastifyReply,
  publicPath: string
): Promise<FastifyReply> {
  const first = await lines.next()
  const tell: Tell = (thrown) => {
    const error =
      thrown instanceof ServiceError
        ? thrown
        : new ServiceError('INTERNAL_ERROR', ERROR_DESCRIPTIONS.INTERNAL_ERROR, [], { cause: thrown })
    noteProblem(request, error)
    return { type: 'problem', problem: problemOf(error, request.id, publicPath) }
  }
  return reply
    .type(NDJSON)
    .header('x-accel-buffering', 'no') // a proxy that gathers the answer would hold the lines back
    .send(Readable.from(texts(first, lines, tell), { objectMode: false }))
}

async function* texts<T extends object> (
  first: IteratorResult<T>,
  rest: AsyncGenerator<T>,
  tell: Tell
): AsyncGenerator<string> {
  const textOf = (line: T | ProblemLine): string => `${JSON.stringify(line)}\n`
  try {
    if (first.done !== true) yield textOf(first.value)
    for await (const line of rest) yield textOf(line)
  } catch (thrown) {
    yield textOf(tell(thrown))
  } finally {
    await rest.return(undefined)
  }
}
