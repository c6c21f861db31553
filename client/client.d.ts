import type { Client, ClientOptions } from 'openapi-fetch'
import type { components, paths } from './api.js'

export type { components, operations, paths } from './api.js'

/** Members of requests and answers by the names that the API document gives them, e.g. `Schemas['Report']`. */
export type Schemas = components['schemas']

/** One method per HTTP verb; paths, bodies and answers are those of the API document. */
export type PolicyClient = Client<paths, 'application/json' | 'application/problem+json'>

/**
 * A client of a running service. `baseUrl`: where it is, with the path prefix of a gateway if there is one; `headers`:
 * what every request carries, for example a bearer token.
 *
 * `data` is the answer and `error` the problem document (RFC 9457). Of the other forms of an answer, ask with an
 * `accept` header and `parseAs: 'text'`; its type is text where the body has the type of the API document, such as
 * `const body: Schemas['Usage'] = {…}`.
 */
export declare function createPolicyClient(options: ClientOptions & { baseUrl: string }): PolicyClient
