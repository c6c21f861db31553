import { type GrantEntry, parseGrant } from '../src/iam/decide/grant.js'
import type { AuthorizationRequest, Layer, Policies } from '../src/iam/decide/request.js'
import { compilePolicy, type Policy } from '../src/iam/document/policy-document.js'
import type { Principal } from '../src/iam/document/principal.js'
import { type ContextValue, known, RequestContext, UNKNOWN } from '../src/iam/match/request-context.js'
import { isObject, type JsonObject, type Unsupported } from '../src/json/json.js'
import type { JsonTextFault } from '../src/json/strict-json.js'

/** One line of input, ready for `authorize`. */
export interface ConformanceRequest {
  request: AuthorizationRequest
  policies: Policies
  unreadGrants: readonly Unsupported[]
}

const KINDS: ReadonlyMap<unknown, Principal['kind']> = new Map(
  (['role', 'session', 'user', 'root', 'service', 'federated-user', 'anonymous'] as const).map((kind) => [kind, kind])
)
const RULES: ReadonlyMap<unknown, NonNullable<AuthorizationRequest['rule']>> = new Map(
  (['kms-key', 'identity-or-resource'] as const).map((rule) => [rule, rule])
)

/** The request is not of the documented form; policies, whatever they hold, never are at fault. */
export class BadRequest extends Error {}

/**
 * Reads one request. Refuses what is not of the documented form; a member that is null is as one left out.
 * Other members are let through: a line may carry its expectation, its source, a name. `lost`: what parsing the line
 * lost;
 * a policy that it was lost from is not understood.
 */
export function readRequest (input: JsonObject, lost?: JsonTextFault): ConformanceRequest {
  const principal = objectAt(input, 'principal')
  const resource = objectAt(input, 'resource')
  const action = textAt(input, 'action')
  const kind = KINDS.get(principal['kind'])
  if (kind === undefined) throw new BadRequest('principal.kind is none of the kinds of principal')
  const rule = input['rule'] == null ? 'kms-key' : RULES.get(input['rule'])
  if (rule === undefined) throw new BadRequest('rule is neither kms-key nor identity-or-resource')
  const grants = readGrants(listAt(input, 'grants'))
  return {
    request: {
      principal: { kind, value: kind === 'anonymous' ? '' : textAt(principal, 'value') },
      action,
      resource: { arn: textAt(resource, 'arn'), accountId: textAt(resource, 'accountId') },
      context: readContext(input),
      rule,
      // The resource policy of an STS action is a role's trust policy.
      withoutResource: rule === 'identity-or-resource' && action.toLowerCase().startsWith('sts:')
    },
    policies: { ...readPolicies(input, lost), grants: { entries: grants.entries, complete: true } },
    unreadGrants: grants.unread
  }
}

function readPolicies (input: JsonObject, lost: JsonTextFault | undefined): Policies {
  const compile = (name: string, document: unknown): Policy =>
    lost?.pointer.startsWith(`/${name.split('/')[0]}`) === true
      ? { name, statements: [], unresolved: [], unsupported: [lost], opaque: true }
      : compilePolicy(name, document)
  const documents = (name: string, list: readonly unknown[]): Layer => ({
    policies: list.map((document, i) => compile(`${name}/${i}`, document)),
    complete: true
  })
  const one = (name: string): Layer | undefined => (input[name] == null ? undefined : documents(name, [input[name]]))
  const resourcePolicy = one('resourcePolicy')
  const sessionPolicy = one('sessionPolicy')
  return {
    identityPolicies: documents('identityPolicies', listAt(input, 'identityPolicies')),
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
    ...(input['permissionBoundary'] == null
      ? {}
      : { permissionsBoundary: documents('permissionBoundary', listAt(input, 'permissionBoundary')) }),
    serviceControlPolicies: levelsAt(input, 'serviceControlPolicies').map((level) =>
      documents('serviceControlPolicies', level)
    ),
    resourceControlPolicies: levelsAt(input, 'resourceControlPolicies').map((level) =>
      documents('resourceControlPolicies', level)
    )
  }
}

/** The documents of each level, in the order of the input. */
function levelsAt (input: JsonObject, name: string): Array<readonly unknown[]> {
  return listAt(input, name).map((entry) => {
    if (!isObject(entry)) throw new BadRequest(`${name} holds something that is not a level`)
    return listAt(entry, 'policies')
  })
}

function readContext (input: JsonObject): RequestContext {
  const entries: Array<readonly [string, ContextValue]> = []
  for (const [key, value] of Object.entries(input['context'] == null ? {} : objectAt(input, 'context'))) {
    if (typeof value === 'string') entries.push([key, known(value)])
    else if (typeof value === 'boolean' || typeof value === 'number') entries.push([key, known(String(value))])
    else if (Array.isArray(value) && value.every((text) => typeof text === 'string')) entries.push([key, known(value)])
    else throw new BadRequest(`context ${key} is neither a string nor a list of strings`)
  }
  for (const key of listAt(input, 'unknown')) {
    if (typeof key !== 'string') throw new BadRequest('unknown holds something that is not a condition key')
    entries.push([key, UNKNOWN])
  }
  return new RequestContext(entries)
}

/** A grant that cannot be read allows nothing; it is reported. */
function readGrants (list: readonly unknown[]): { entries: GrantEntry[]; unread: Unsupported[] } {
  const entries: GrantEntry[] = []
  const unread: Unsupported[] = []
  for (const [i, entry] of list.entries()) {
    const grant = parseGrant(entry)
    // An empty grant keeps the place, so that the others are still named by theirs.
    entries.push(grant ?? {})
    if (grant === undefined) unread.push({ pointer: `/${i}`, what: 'the grant is not an entry of ListGrants' })
  }
  return { entries, unread }
}

function objectAt (input: JsonObject, name: string): JsonObject {
  const value = input[name]
  if (!isObject(value)) throw new BadRequest(`${name} is not an object`)
  return value
}

function textAt (input: JsonObject, name: string): string {
  const value = input[name]
  if (typeof value !== 'string') throw new BadRequest(`${name} is not a string`)
  return value
}

function listAt (input: JsonObject, name: string): readonly unknown[] {
  const value = input[name] ?? []
  if (Array.isArray(value)) return value
  // One document instead of a list of one.
  if (isObject(value)) return [value]
  throw new BadRequest(`${name} is neither a list nor an object`)
}
