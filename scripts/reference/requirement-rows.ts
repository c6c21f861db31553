import { type AccessRequirement, ACCESS_REQUIREMENTS } from '../../src/personalize/requirements.js'

const POLICIES = { keyPolicy: 'key policy', iamPolicy: 'IAM policy', bucketPolicy: 'bucket policy' } as const
const DIRECTIONS = { read: 'reading', write: 'writing' } as const

export interface RequirementRow {
  operation: string
  policy: string
  principals: string[]
  actions: readonly string[]
  sources: string[]
}

/** What the documented profile demands, one row for equal demands of several principals. */
export function requirementRows (): RequirementRow[] {
  const rows = new Map<string, RequirementRow>()
  for (const requirement of ACCESS_REQUIREMENTS.filter(({ profile }) => profile === 'documented')) {
    const { principal, policy, actions, source } = requirement
    const operation = operationOf(requirement)
    const key = JSON.stringify([operation, policy, actions])
    const { principals = [], sources = [] } = rows.get(key) ?? {}
    rows.set(key, {
      operation,
      policy: POLICIES[policy],
      principals: [...new Set([...principals, principal])],
      actions,
      sources: [...new Set([...sources, source])]
    })
  }
  return [...rows.values()]
}

function operationOf ({ operation, together, direction }: AccessRequirement): string {
  const kind = direction === undefined ? '' : `, ${DIRECTIONS[direction]}`
  return `\`${operation}\`${together === undefined ? '' : ` with \`${together}\``}${kind}`
}
