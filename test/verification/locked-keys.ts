import type { Report } from '../../schemas/verification.js'

/** Whether remediation returns nothing for keys that are locked and, where something would have to be, says why. */
export function lockedKeysAreLeft ({ remediation, checks, findings }: Report): boolean {
  const locked = findings.flatMap(({ code, kmsKeyArn }) => (code === 'KEY_LOCKOUT' && kmsKeyArn ? [kmsKeyArn] : []))
  const { keyPolicies = [], cannotFix = [] } = remediation ?? {}
  const isLacking = checks.some(
    ({ kmsKeyArn, missingFrom, effective }) =>
      locked.includes(kmsKeyArn) && missingFrom.includes('keyPolicy') && effective !== 'allowed'
  )
  return (
    !keyPolicies.some(({ kmsKeyArn }) => locked.includes(kmsKeyArn)) &&
    (!isLacking || cannotFix.some(({ code }) => code === 'KEY_LOCKOUT'))
  )
}
