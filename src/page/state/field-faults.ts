import type { FieldError } from '../../errors.js'
import { type Entry, entriesOf, type FieldFaults, type FieldName, LISTS, type UsageForm } from './usage-form.js'

/** The faults of a problem: those that belong to a field of the form, and the others. */
export interface SortedFaults {
  fields: FieldFaults
  others: readonly FieldError[]
}

const FIELDS: Readonly<Record<string, FieldName>> = {
  operations: 'operations',
  roleArns: 'roles',
  kmsKeyArns: 'keys',
  locations: 'locations',
  existingKeyPolicy: 'existingKeyPolicy',
  existingRolePolicy: 'existingRolePolicy',
  existingBucketPolicy: 'existingBucketPolicy'
}

/**
 * Each fault by its pointer to its field, in words of the form: an item of a list is a line of the text.
 * A pointer may begin where the request holds the usage (`/usages/0`, `/usage`).
 */
export function sortFaults (faults: readonly FieldError[], form: UsageForm): SortedFaults {
  const fields: Partial<Record<FieldName, string[]>> = {}
  const others: FieldError[] = []
  for (const fault of faults) {
    const [member = '', ...rest] = fault.pointer.replace(/^\/usage(?:s\/0)?(?=\/|$)/, '').split('/').slice(1)
    const field = FIELDS[member]
    if (field === undefined) others.push(fault)
    else (fields[field] ??= []).push(sentence(placeOf(field, rest, form), fault.detail, linesOf(field, form)))
  }
  return { fields, others }
}

function linesOf (field: FieldName, form: UsageForm): readonly Entry[] {
  const list = LISTS.find((name) => name === field)
  return list === undefined ? [] : entriesOf(form[list])
}

function placeOf (field: FieldName, rest: readonly string[], form: UsageForm): string {
  if (field.startsWith('existing')) {
    const place = rest.join('/')
    return place === ''
      ? ''
      : place.replace(/^Statement\/(\d+)/, (_, index: string) => `Statement ${Number(index) + 1}`)
  }
  const line = linesOf(field, form)[Number(rest[0])]?.line
  return line === undefined ? '' : `Line ${line}`
}

/** `Line 2 is not of the form required: …`, with one full stop at the end. */
function sentence (place: string, detail: string, lines: readonly Entry[]): string {
  const words = detail.replace(/^repeats item (\d+)$/, (same, index: string) => {
    const line = lines[Number(index)]?.line
    return line === undefined ? same : `repeats line ${line}`
  })
  // Some details name what they are about themselves.
  const joint = /^[a-z]+ /.test(words) ? ' ' : ': '
  const text = place === '' ? capitalized(words) : `${place}${joint}${words}`
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** The text with a capital at its beginning. */
export function capitalized (text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
