import {
  type ActionElement,
  type ActionMask,
  coveredKmsActions,
  coversAction,
  kmsActionMask,
  parseActions
} from '../../iam/document/action.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { resourceMatches, resourcePatternMatches } from '../../iam/document/resource.js'
import { S3_ACTIONS } from '../../iam/document/s3-actions.js'
import { RequestContext } from '../../iam/match/request-context.js'
import { NO } from '../../iam/match/truth.js'

/** Whether an element covers an action that is not needed, of the services in question. */
export type Scope = (element: ActionElement) => boolean

/** The actions that are needed, of all that these services have. */
export function scopeOf (needed: readonly string[], ...services: ReadonlyArray<'kms' | 's3'>): Scope {
  const scopes = services.map((service) =>
    service === 'kms' ? beyondKms(kmsActionMask(needed)) : beyondS3(new Set(needed.map((name) => name.toLowerCase())))
  )
  return (element) => scopes.some((isBeyond) => isBeyond(element))
}

const beyondKms =
  (needed: ActionMask): Scope =>
    (element) => {
      const { low, high } = coveredKmsActions(element)
      return (low & ~needed.low) !== 0 || (high & ~needed.high) !== 0
    }

const beyondS3 =
  (needed: ReadonlySet<string>): Scope =>
    (element) =>
      (!element.inverted && element.names.some((name) => name.startsWith('s3:') && !needed.has(name))) ||
      S3_ACTIONS.some((action) => !needed.has(action.name) && coversAction(element, action))

/** The entries of an Allow that go beyond what is needed. */
export function excess (statement: Statement, written: readonly string[], isBeyond: Scope): string[] {
  if (statement.effect !== 'Allow' || statement.actions === undefined || statement.defects.size > 0) return []
  if (!isBeyond(statement.actions)) return []
  if (statement.actions.inverted) return [...written]
  return written.filter((name) => isBeyond(parseActions(name, false, '', () => {})))
}

/** Whether a statement may be about a bucket or its objects. */
export function isAboutBucket ({ resources }: Statement, arn: string): boolean {
  if (resources === undefined) return false
  const context = new RequestContext([])
  return (
    resourceMatches(resources, arn, context, () => {}) !== NO ||
    resourcePatternMatches(resources, `${arn}/*`, context, () => {}) !== NO
  )
}
