import createClient from 'openapi-fetch'

/** @type {import('./client.d.ts').createPolicyClient} */
export function createPolicyClient (options) {
  return createClient(options)
}
