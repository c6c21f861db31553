import { Type, type Static, type TSchema } from 'typebox'

/**
 * A `$ref` to a schema registered under its `$id`, typed as the schema itself:
 * validation, OpenAPI components and the static type all follow the one definition.
 */
export function ref<T extends TSchema> (schema: T & { $id?: string }) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` })
}

/** A `$ref` with what the schema means in this place. */
export function described<T extends TSchema> (schema: T & { $id?: string }, description: string) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#`, description })
}
