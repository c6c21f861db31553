import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'

export const PrettyQuery = Type.Object({
  pretty: Type.Optional(Type.Boolean({ description: 'Indent the answer by 2 spaces. The default is compact JSON.' }))
}, { additionalProperties: false })

/** Writes the answer as `pretty` asks. */
export function layOut (reply: FastifyReply, { pretty }: { pretty?: boolean }): FastifyReply {
  if (pretty !== true) return reply
  // Fastify names the type itself only where the serializer is its own.
  return reply.type('application/json; charset=utf-8').serializer((payload: unknown) => JSON.stringify(payload, null, 2))
}
