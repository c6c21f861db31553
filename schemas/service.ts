import { Type, type Static } from 'typebox'

export const Health = Type.Object(
  { status: Type.Unsafe<'ok'>({ type: 'string', enum: ['ok'] }) },
  { $id: 'Health', additionalProperties: false, description: 'The service runs.' }
)
export type Health = Static<typeof Health>

export const ErrorDocumentation = Type.Object(
  {
    code: Type.String(),
    status: Type.Integer(),
    title: Type.String(),
    description: Type.String()
  },
  { $id: 'ErrorDocumentation', additionalProperties: false, description: 'What an error code means.' }
)
export type ErrorDocumentation = Static<typeof ErrorDocumentation>
