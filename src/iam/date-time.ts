const FORM = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/
/** Four digits alone are a year. */
const EPOCH = /^-?(?!\d{4}$)\d{1,15}(?:\.\d{1,9})?$/

/**
 * Reads a date of a Date condition, in milliseconds since the epoch: the W3C profile of ISO 8601, or epoch seconds.
 * A time without zone is UTC. Undefined for anything else, an impossible date included.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 */
export function parseDateTime (text: string): number | undefined {
  if (EPOCH.test(text)) return Number(text) * 1000
  const match = FORM.exec(text.toUpperCase())
  if (match === null) return undefined
  const part = (group: number, otherwise: number): number => Number(match[group] ?? otherwise)
  const [year, month, day, hour, minute, second] = [part(1, 0), part(2, 1), part(3, 1), part(4, 0), part(5, 0), part(6, 0)] as const
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 24 || minute > 59 || second > 60) return undefined
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction - zoneOffset(match[8])
}

function daysIn (year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function zoneOffset (zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000
}
