import { Type, type Static } from 'typebox'

/** RFC 9457 problem details, with every fault of the request under `errors`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'URI reference of the documentation of `code`, served by this service.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }),
    instance: Type.String({ description: 'The request id, as in `X-Request-Id` and the log.' }),
    errors: Type.Array(
      Type.Object(
        {
          pointer: Type.String({
            description: 'RFC 6901 pointer into the request body; query parameters stand as `/name`.'
          }),
          detail: Type.String()
        },
        { additionalProperties: false }
      ),
      { description: 'The faults of the request, not only the first; at most 100.' }
    )
  },
  { $id: 'Problem', additionalProperties: false, description: 'A problem document (RFC 9457).' }
)
export type Problem = Static<typeof Problem>
