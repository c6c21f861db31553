import { OPERATIONS, type Profile, type SourceConditions } from '../../../schemas/usage.js'
import { EMPTY, entriesOf, type UsageForm } from './usage-form.js'

export const VIEWS = ['write', 'check', 'explain', 'live'] as const
export type View = (typeof VIEWS)[number]

const PROFILES: readonly Profile[] = ['documented', 'derived']
const SOURCE_CONDITIONS: readonly SourceConditions[] = ['none', 'ifExists', 'strict']

export interface LinkedState {
  view: View
  /** Undefined where the fragment describes no usage. */
  form: UsageForm | undefined
  /** ARN of the dataset group to verify in place of a usage; undefined where the fragment has none. */
  group: string | undefined
}

/**
 * The fragment for a state: readable, and enough to restore the form in a new tab. Policies that were pasted are never
 * part of it. A fragment is not sent to any server.
 */
export function fragmentOf (view: View, form: UsageForm | undefined, group?: string): string {
  const members: ReadonlyArray<readonly [string, readonly string[]]> =
    form === undefined
      ? []
      : [
        ['operations', form.operations],
        ['roles', entriesOf(form.roles).map(({ text }) => text)],
        ['keys', entriesOf(form.keys).map(({ text }) => text)],
        ['locations', entriesOf(form.locations).map(({ text }) => text)],
        ['profile', form.profile === EMPTY.profile ? [] : [form.profile]],
        ['conditions', form.conditions === EMPTY.conditions ? [] : [form.conditions]]
      ]
  const others: typeof members = [
    ['group', group === undefined ? [] : [group.trim()]],
    ['view', view === 'write' ? [] : [view]]
  ]
  const parts = [...members, ...others]
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name}=${values.map(encode).join(',')}`)
  return parts.length === 0 ? '' : `#${parts.join('&')}`
}

/** The state that a fragment describes. What it does not name, or names wrongly, is empty or the default. */
export function readFragment (fragment: string): LinkedState {
  const members = new Map(
    fragment
      .replace(/^#/, '')
      .split('&')
      .map((part) => {
        const [name = '', value = ''] = part.split(/=(.*)/s)
        return [name, value.split(',').map(decode)] as const
      })
  )
  const only = <T extends string>(name: string, allowed: readonly T[]): T[] =>
    allowed.filter((each) => members.get(name)?.includes(each) === true)
  const view = only('view', VIEWS)[0] ?? 'write'
  const names = ['operations', 'roles', 'keys', 'locations', 'profile', 'conditions']
  const group = members.get('group')?.[0]
  if (!names.some((name) => members.has(name))) return { view, form: undefined, group }
  return {
    view,
    group,
    form: {
      ...EMPTY,
      operations: only('operations', OPERATIONS),
      roles: (members.get('roles') ?? []).join('\n'),
      keys: (members.get('keys') ?? []).join('\n'),
      locations: (members.get('locations') ?? []).join('\n'),
      profile: only('profile', PROFILES)[0] ?? EMPTY.profile,
      conditions: only('conditions', SOURCE_CONDITIONS)[0] ?? EMPTY.conditions
    }
  }
}

/** What ARNs are made of stays readable; a comma divides. */
function encode (text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%40', '@')
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
