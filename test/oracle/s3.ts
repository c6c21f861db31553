/**
 * Amazon S3's evaluation for one principal, one action, one object and one context, as AWS describes it, in as little
 * code as will do. It shares nothing with the product: what the two agree on, neither has from the other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

export interface Statement {
  Effect: 'Allow' | 'Deny'
  Principal?: '*' | { AWS?: string | string[]; Service?: string | string[] }
  NotPrincipal?: { AWS?: string | string[]; Service?: string | string[] }
  Action?: string | string[]
  NotAction?: string | string[]
  Resource?: string | string[]
  NotResource?: string | string[]
  Condition?: Record<string, Record<string, string | string[]>>
}

export interface PolicySet {
  bucket: Statement[]
  identity: Statement[]
  boundary: Statement[] | undefined
  /** One list of statements for each level. */
  scps: Statement[][] | undefined
  rcps: Statement[][]
}

export interface World {
  principal: { service: string } | { role: string }
  action: string
  /** ARN of the bucket or of the object. */
  resource: string
  bucketAccount: string
  /** Condition keys in lower case; what is not there is absent. */
  context: Readonly<Record<string, string>>
}

const list = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** `*` is any text, `?` one character. By hand: a regular expression could go back and forth for long. */
export function glob (pattern: string, text: string): boolean {
  let reached = new Set([0])
  const withStars = (positions: Set<number>): Set<number> => {
    for (const position of positions) if (pattern[position] === '*') positions.add(position + 1)
    return positions
  }
  reached = withStars(reached)
  for (const character of text) {
    const next = new Set<number>()
    for (const position of reached) {
      const token = pattern[position]
      if (token === '*') next.add(position)
      else if (token === '?' || token === character) next.add(position + 1)
    }
    reached = withStars(next)
  }
  return reached.has(pattern.length)
}

/** Values of ARN operators match segment by segment, the last segment with all that follows it. */
function arnGlob (pattern: string, text: string): boolean {
  const split = (arn: string): string[] => {
    const parts = arn.split(':')
    return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
  }
  const [patterns, parts] = [split(pattern), split(text)]
  return patterns.length === parts.length && patterns.every((each, index) => glob(each, parts[index] ?? ''))
}

function conditionsHold (statement: Statement, context: World['context']): boolean {
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, context[key.toLowerCase()], list(values)))
  )
}

function holds (name: string, actual: string | undefined, values: readonly string[]): boolean {
  if (name === 'Null') return values.some((value) => (value === 'true') === (actual === undefined))
  const isIfExists = name.endsWith('IfExists')
  const operator = isIfExists ? name.slice(0, -'IfExists'.length) : name
  const isNegated = operator.includes('Not')
  if (actual === undefined) return isIfExists || isNegated
  const compare: Record<string, (value: string) => boolean> = {
    StringEquals: (value) => value === actual,
    StringLike: (value) => glob(value, actual),
    ArnLike: (value) => arnGlob(value, actual),
    ArnEquals: (value) => arnGlob(value, actual),
    Bool: (value) => value.toLowerCase() === actual.toLowerCase()
  }
  const one = compare[operator.replace('Not', '')]
  if (one === undefined) throw new Error(`the oracle does not know ${name}`)
  return values.some(one) !== isNegated
}

function actionAndResourceMatch (statement: Statement, { action, resource }: World): boolean {
  const isAction = (pattern: string): boolean => glob(pattern.toLowerCase(), action.toLowerCase())
  if (statement.Action !== undefined && !list(statement.Action).some(isAction)) return false
  if (statement.NotAction !== undefined && list(statement.NotAction).some(isAction)) return false
  const isResource = (pattern: string): boolean => glob(pattern, resource)
  if (statement.Resource !== undefined && !list(statement.Resource).some(isResource)) return false
  return statement.NotResource === undefined || !list(statement.NotResource).some(isResource)
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? ''

/** How a list of principals names the caller: itself or everyone, the ARN of its role, or its account. */
function naming (names: { AWS?: string | string[]; Service?: string | string[] }, { principal }: World): Set<string> {
  const found = new Set<string>()
  if ('service' in principal) {
    if (list(names.Service).includes(principal.service)) found.add('itself')
    if (list(names.AWS).includes('*')) found.add('everyone')
    return found
  }
  const account = accountOf(principal.role)
  for (const name of list(names.AWS)) {
    if (name === '*') found.add('everyone')
    if (name === principal.role) found.add('role')
    if (name === account || name === `arn:aws:iam::${account}:root`) found.add('account')
  }
  return found
}

function namedBy ({ Principal, NotPrincipal }: Statement, world: World): Set<string> {
  if (Principal === '*') return new Set(['everyone'])
  if (Principal !== undefined) return naming(Principal, world)
  // Who is not listed; of a role its account has to be listed as well, and its session.
  const listed = naming(NotPrincipal ?? {}, world)
  return 'service' in world.principal ? (listed.size === 0 ? new Set(['everyone']) : new Set()) : new Set(['everyone'])
}

export interface Answer {
  allowed: boolean
  /** A statement denies. */
  denied: boolean
}

/** Decides one request. */
export function decide (world: World, policies: PolicySet): Answer {
  const applies = (statement: Statement): boolean =>
    actionAndResourceMatch(statement, world) && conditionsHold(statement, world.context)
  const denies = (statements: readonly Statement[]): boolean =>
    statements.some((statement) => statement.Effect === 'Deny' && applies(statement))
  const allows = (statements: readonly Statement[]): boolean =>
    statements.some((statement) => statement.Effect === 'Allow' && applies(statement))
  const isService = 'service' in world.principal
  const { bucket, identity, boundary, scps, rcps } = policies
  const denied =
    bucket.some(
      (statement) => statement.Effect === 'Deny' && namedBy(statement, world).size > 0 && applies(statement)
    ) ||
    rcps.some(denies) ||
    (!isService && (denies(identity) || denies(boundary ?? []) || (scps ?? []).some(denies)))
  const names = new Set(
    bucket.flatMap((statement) =>
      statement.Effect === 'Allow' && applies(statement) ? [...namedBy(statement, world)] : []
    )
  )
  if (isService) return { denied, allowed: !denied && names.size > 0 }
  const within = boundary === undefined || allows(boundary)
  const byIdentity = allows(identity) && within
  const isOneAccount = 'role' in world.principal && accountOf(world.principal.role) === world.bucketAccount
  const permitted = isOneAccount
    ? byIdentity || names.has('everyone') || (names.has('role') && within)
    : byIdentity && names.size > 0
  return { denied, allowed: !denied && permitted && (scps === undefined || scps.every(allows)) }
}
