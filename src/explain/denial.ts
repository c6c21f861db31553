import type { DenialText } from '../../schemas/explanation.js'
import { ACCOUNT_ID, parseArn } from '../iam/match/arn.js'
import { parseKeyArn } from '../personalize/identifiers.js'
import { ALL_DEMANDED_ACTIONS } from '../personalize/requirements.js'

/** What a message of AWS says of a denied call; what it does not say is left out. */
export type Denial = Omit<DenialText, 'text'>
export type DeniedPrincipal = NonNullable<Denial['principal']>
/** The kinds of policies that AWS's messages name, as reports name their layers. */
export type DenialLayer = NonNullable<Denial['layer']>

/**
 * How AWS calls the kinds of policies, in lower case; the longer name first where one begins with another.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
const LAYER_NAMES: ReadonlyArray<readonly [name: string, layer: DenialLayer]> = [
  ['identity-based policy', 'identityPolicies'],
  ['identity-based policies', 'identityPolicies'],
  ['resource-based policy', 'resourcePolicy'],
  ['resource-based policies', 'resourcePolicy'],
  ['service control policy', 'serviceControlPolicies'],
  ['resource control policy', 'resourceControlPolicies'],
  ['permissions boundary', 'permissionsBoundary'],
  ['sessions policy', 'sessionPolicies'],
  ['session policy', 'sessionPolicies'],
  ['vpc endpoint policy', 'vpcEndpointPolicies'],
  ['role trust policy', 'trustPolicy']
]

/** The longest text that is taken for a name or an ARN. */
const MAX_NAME = 2_048
const NOT_AUTHORIZED = 'is not authorized to perform'
const ENCODED = 'encoded authorization failure message:'

/** One line, as AWS wrote it: terminals wrap it, Terraform draws a frame around it, JSON escapes its quotes. */
export function toOneLine (text: string): string {
  return text
    .replace(/\\"/g, '"')
    .replace(/\\n/g, ' ')
    .replace(/[\s│╷╵]+/g, ' ')
    .trim()
}

/**
 * Reads AWS's common form, "User: … is not authorized to perform: … on resource: … because no … policy allows the …
 * action" or "… with an explicit deny in a …", and an encoded message. Undefined where the text has neither. The text
 * is searched for fixed parts from left to right, so that its length alone decides how long that takes.
 */
export function parseDenial (line: string): Denial | undefined {
  const lower = line.toLowerCase()
  const at = lower.indexOf(NOT_AUTHORIZED)
  const encodedMessage = encodedIn(line, lower)
  const encoded = encodedMessage === undefined ? {} : { encodedMessage }
  if (at === -1) return encodedMessage === undefined ? undefined : encoded
  const principal = principalBefore(line.slice(Math.max(0, at - MAX_NAME), at))
  const after = line.slice(at + NOT_AUTHORIZED.length)
  const action = actionIn(after)
  const resource = resourceIn(after)
  return {
    ...(principal === undefined ? {} : { principal }),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    ...withService(reasonIn(after), action),
    ...encoded
  }
}

const KNOWN_ACTIONS = [...ALL_DEMANDED_ACTIONS, 'iam:PassRole', 'sts:AssumeRole']

/** The action; undefined where the text breaks off in the name of one: of `kms:Dec` nothing is known. */
function actionIn (after: string): string | undefined {
  const [all = '', action] = /^:? ?([A-Za-z][A-Za-z0-9-]{0,62}:[A-Za-z*][A-Za-z0-9*]{0,126})/.exec(after) ?? []
  const isCutOff =
    action !== undefined &&
    all.length === after.length &&
    !KNOWN_ACTIONS.includes(action) &&
    KNOWN_ACTIONS.some((known) => known.startsWith(action))
  return isCutOff ? undefined : action
}

/** What stands before "is not authorized": the last word, as AWS writes `User: arn:…`. */
function principalBefore (text: string): DeniedPrincipal | undefined {
  const words = withoutBreaks(text.trimEnd())
  const id = words.slice(words.lastIndexOf(' ') + 1).replace(/^"|"$/g, '')
  return id === '' || /^users?:?$/i.test(id) ? undefined : principalOf(id)
}

/** No ARN of a principal has a space in it: one after `User: arn:` is the end of a line of a terminal. */
function withoutBreaks (text: string): string {
  const at = text.lastIndexOf('User: arn:')
  return at === -1 ? text : text.slice(0, at + 6) + text.slice(at + 6).replaceAll(' ', '')
}

/**
 * The name of a role, which becomes part of statements and commands: with a wildcard it would stand for every role.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
 */
function named (roleName: string): Pick<DeniedPrincipal, 'roleName'> {
  return /^[\w+=,.@-]{1,64}$/.test(roleName) ? { roleName } : {}
}

/** What kind of principal an ARN, or the name of a service, is. */
export function principalOf (id: string): DeniedPrincipal {
  if (/^[a-z0-9.-]{1,128}\.amazonaws\.com(\.cn)?$/.test(id)) return { type: 'service', id }
  const arn = parseArn(id)
  if (arn === undefined) return { type: 'other', id }
  const account = ACCOUNT_ID.test(arn.accountId) ? { accountId: arn.accountId } : {}
  const [kind = '', ...names] = arn.resource.split('/')
  if (kind === 'assumed-role') {
    const [roleName = '', sessionName] = names
    return { type: 'role', id, ...account, ...named(roleName), ...(sessionName === undefined ? {} : { sessionName }) }
  }
  if (kind === 'role') return { type: 'role', id, ...account, ...named(names.at(-1) ?? '') }
  if (kind === 'user') return { type: 'user', id, ...account }
  return { type: kind === 'root' ? 'root' : 'other', id, ...account }
}

/** `on resource: arn`, `on resource: "arn"`, `on resource: policy arn`. */
function resourceIn (after: string): string | undefined {
  const mark = ' on resource: '
  const at = after.toLowerCase().indexOf(mark)
  if (at === -1) return undefined
  const text = after.slice(at + mark.length, at + mark.length + MAX_NAME)
  if (text.startsWith('"')) return /^"([^"]{1,2048})"/.exec(text)?.[1]
  const [first = '', second = ''] = text.split(' ', 2)
  const broken = `${first}${second}`
  if (parseKeyArn(first) === undefined && parseKeyArn(trimmed(broken)) !== undefined) return trimmed(broken)
  return trimmed(second.startsWith('arn:') && !first.startsWith('arn:') ? second : first)
}

/** Without what ends a sentence or a quotation. */
function trimmed (word: string): string {
  return word.replace(/[.,;:)"']{1,8}$/, '')
}

function reasonIn (after: string): Denial {
  const lower = after.toLowerCase()
  const explicit = 'with an explicit deny'
  const deny = lower.indexOf(explicit)
  // Older texts end there: a Deny, and nothing of the policy.
  if (deny !== -1) return { effect: 'explicitDeny', ...denyingPolicy(after.slice(deny + explicit.length)) }
  const implicit = 'because no '
  const no = lower.indexOf(implicit)
  if (no === -1) return {}
  const found = layerAt(lower.slice(no + implicit.length))
  return found === undefined ? {} : { effect: 'implicitDeny', layer: found.layer }
}

function denyingPolicy (text: string): Denial {
  const rest = text.replace(/^ in (an?|the) /i, '')
  const found = layerAt(rest.toLowerCase())
  if (found === undefined) return {}
  const following = rest.slice(found.length)
  const mark = ' transitively through '
  const through = following.startsWith(mark)
    ? layerAt(following.slice(mark.length).replace(/^(an?|the) /i, '').toLowerCase())
    : undefined
  const at = following.indexOf(': arn:')
  const arn =
    at === -1 || at > MAX_NAME ? undefined : trimmed(following.slice(at + 2, at + 2 + MAX_NAME).split(' ', 1)[0] ?? '')
  return {
    layer: found.layer,
    ...(through === undefined ? {} : { through: through.layer }),
    ...(arn === undefined || parseArn(arn) === undefined ? {} : { policyArn: arn })
  }
}

function layerAt (lower: string): { layer: DenialLayer; length: number } | undefined {
  const found = LAYER_NAMES.find(([name]) => lower.startsWith(name))
  return found && { layer: found[1], length: found[0].length }
}

const RESOURCE_POLICIES: Readonly<Record<string, DenialLayer>> = {
  kms: 'keyPolicy',
  s3: 'bucketPolicy',
  sts: 'trustPolicy'
}

/** A resource-based policy has a name of its own with each service. */
export function withService (denial: Denial, action: string | undefined): Denial {
  const policy = RESOURCE_POLICIES[action?.split(':')[0]?.toLowerCase() ?? '']
  return denial.layer === 'resourcePolicy' && policy !== undefined ? { ...denial, layer: policy } : denial
}

function encodedIn (line: string, lower: string): string | undefined {
  const at = lower.indexOf(ENCODED)
  if (at === -1) return undefined
  return /^ ?([A-Za-z0-9_=-]{16,})/.exec(line.slice(at + ENCODED.length))?.[1]
}
