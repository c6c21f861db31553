import type { Check } from '../../../schemas/verification.js'
import type { Decision } from '../../iam/authorize.js'

/** What one policy by itself says: that it grants, that it does not, that it denies, or that this is open. */
export type Granted = 'yes' | 'no' | 'denied' | 'maybe'

export const GRANTED = {
  allowed: 'yes',
  implicitDeny: 'no',
  explicitDeny: 'denied',
  conditional: 'maybe',
  unknown: 'maybe'
} as const satisfies Record<Decision['decision'], Granted>

/** Every policy that the page names has to grant it. */
export function documentedBy (granted: readonly Granted[]): Check['documented'] {
  if (granted.includes('no') || granted.includes('denied')) return 'fail'
  return granted.includes('maybe') ? 'indeterminate' : 'pass'
}
