import type { Condition } from '../iam/condition/condition.js'
import type { Statement } from '../iam/document/policy-document.js'
import { formatCondition, formatList } from './format.js'

/**
 * Condition keys that limit who may call. Tags and names of users are none: every account chooses its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
const LIMITING_KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalisawsservice',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalservicename',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  'aws:vpcsourceip',
  'kms:calleraccount',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  'sts:externalid'
])

function isLimit ({ key, operator, ifExists, set, values }: Condition): boolean {
  if (!LIMITING_KEYS.has(key)) return false
  if (operator.negated || operator.family === 'null' || ifExists || set === 'forAllValues') return false
  return values.every(({ text }) => !isOfAnyAccount(key, text))
}

/** Whether a value of a limiting key is one that principals of any account can have. */
function isOfAnyAccount (key: string, text: string): boolean {
  if (/^[*?]+$/.test(text) || text === '0.0.0.0/0' || text === '::/0') return true
  // The part before the colon is the id of the role; anybody may choose the name of a session.
  if (key === 'aws:userid') return /^[*?]+:/.test(text)
  return key === 'aws:principalarn' && /^[*?]+$/.test(text.split(':')[4] ?? '*')
}

/** What an Allow for every AWS account without a limit of who may call says; undefined for any other statement. */
export function openToEveryoneText ({ effect, principals, conditions, actions }: Statement): string | undefined {
  const isOpen = principals?.everyone === true || principals?.inverted === true
  if (effect !== 'Allow' || !isOpen || actions === undefined || conditions.some(isLimit)) return undefined
  const element = principals.inverted ? 'NotPrincipal in an Allow' : 'Principal "*"'
  const only =
    conditions.length === 0 ? 'without a condition' : `and only ${formatList(conditions.map(formatCondition), ' and ')}`
  return `${element} ${only} allows principals of every AWS account`
}

/** What to do about such a statement in a bucket policy. */
export const NAME_FOR_BUCKET =
  'Name the principals that need access (for Amazon Personalize {"Service": "personalize.amazonaws.com"}), or add a ' +
  'condition that limits who may call (for example aws:PrincipalArn or aws:PrincipalAccount).'
