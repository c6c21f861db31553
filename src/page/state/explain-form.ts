import type { ExplainRequest, Explanation } from '../../../schemas/explanation.js'
import { missingFields, type UsageForm, usageOf } from './usage-form.js'

/** The usage that the statements are filled in for; undefined while operations or roles are missing. */
export function explainedUsage (form: UsageForm | undefined): Pick<ExplainRequest, 'usage'> {
  return form === undefined || Object.keys(missingFields(form)).length > 0 ? {} : { usage: usageOf(form) }
}

type Said = Explanation['said']

const LAYER_WORDS: Readonly<Record<NonNullable<Said['layer']>, string>> = {
  identityPolicies: 'identity-based policy',
  keyPolicy: 'key policy',
  bucketPolicy: 'bucket policy',
  trustPolicy: 'trust policy of the role',
  resourcePolicy: 'resource-based policy',
  permissionsBoundary: 'permissions boundary',
  sessionPolicies: 'session policy',
  serviceControlPolicies: 'service control policy',
  resourceControlPolicies: 'resource control policy',
  vpcEndpointPolicies: 'VPC endpoint policy'
}

/** What AWS said, as names and values; what its text lacks is left out. */
export function saidFacts ({
  principal,
  invokedBy,
  action,
  resource,
  effect,
  layer,
  policyArn
}: Said): Array<[string, string]> {
  const decided =
    layer === undefined
      ? undefined
      : effect === 'explicitDeny'
        ? 'a Deny in the ' + `${LAYER_WORDS[layer]}`
        : `no Allow in the ${LAYER_WORDS[layer]}`
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    ['Who', principal?.id],
    ['Called through', invokedBy],
    ['Action', action],
    ['Resource', resource],
    ['What decided', decided],
    ['Denying policy', policyArn]
  ]
  return facts.flatMap(([name, value]): Array<[string, string]> => (value === undefined ? [] : [[name, value]]))
}

type Cause = Explanation['causes'][number]

/** The policy that a statement goes into. */
export const POLICY_WORDS: Readonly<Record<NonNullable<Cause['policy']>, string>> = {
  keyPolicy: 'key policy',
  bucketPolicy: 'bucket policy',
  iamPolicy: 'IAM policy of the role',
  trustPolicy: 'trust policy of the role',
  callerPolicy: 'IAM policy of who calls Amazon Personalize',
  other: 'policy'
}

/** How much speaks for a cause: what the live policies say, else the text alone. */
export function likelihoodOf ({ likelihood, status }: Cause): {
  words: string
  tone: 'no' | 'yes' | 'depends' | 'unknown'
} {
  if (status === 'confirmed') return { words: 'confirmed', tone: 'no' }
  if (status === 'excluded') return { words: 'excluded', tone: 'yes' }
  if (likelihood === 'stated') return { words: 'the text says so', tone: 'no' }
  return likelihood === 'likely' ? { words: 'likely', tone: 'depends' } : { words: 'possible', tone: 'unknown' }
}

/** Whether something is to be filled in, because neither the text nor the usage names it. */
export function hasPlaceholders ({ causes }: Pick<Explanation, 'causes'>): boolean {
  return causes.some(({ statements }) => /<[a-z-]+>/.test(JSON.stringify(statements ?? [])))
}

/** What to look at next. What a client of the API has to send, the page has a button for. */
export function nextSteps ({ next }: Pick<Explanation, 'next'>): string[] {
  return next.filter((step) => !step.includes('`live: true`'))
}
