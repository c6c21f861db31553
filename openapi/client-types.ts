import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'

/**
 * The types of the client, from the API document. A member with a default stays optional: the service fills it in,
 * not the caller.
 */
export async function clientTypes (document: string): Promise<string> {
  return COMMENT_HEADER + astToString(await openapiTS(document, { defaultNonNullable: false, silent: true }))
}
