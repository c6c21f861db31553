import t from 'tap'
import {
  isUniqueId,
  matchAllowPrincipal,
  matchDenyPrincipal,
  parseCaller,
  parsePrincipals,
  type Principal,
  type PrincipalElement
} from '../../../../src/iam/document/principal.js'
import { MAYBE, NO, type Truth, YES } from '../../../../src/iam/match/truth.js'

const ACCOUNT = '111122223333'
const ROOT = `arn:aws:iam::${ACCOUNT}:root`
const ROLE = `arn:aws:iam::${ACCOUNT}:role/path/R`
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/R/s`
const USER = `arn:aws:iam::${ACCOUNT}:user/u`
const FEDERATED = `arn:aws:sts::${ACCOUNT}:federated-user/f`
const SERVICE = 'personalize.amazonaws.com'
const callers = {
  role: parseCaller({ kind: 'role', value: ROLE }),
  session: parseCaller({ kind: 'session', value: SESSION }),
  user: parseCaller({ kind: 'user', value: USER }),
  root: parseCaller({ kind: 'root', value: ROOT }),
  service: parseCaller({ kind: 'service', value: SERVICE }),
  anonymous: parseCaller({ kind: 'anonymous', value: '' }),
  federated: parseCaller({ kind: 'federated-user', value: FEDERATED })
}

/** Reads an element, with the pointers of what was refused (`-`) and of what makes the statement unreliable (`!`). */
function read (element: unknown, inverted = false): { element: PrincipalElement; issues: string[] } {
  const issues: string[] = []
  return {
    element: parsePrincipals(
      element,
      inverted,
      '/P',
      ({ pointer }) => {
        issues.push(`-${pointer}`)
      },
      ({ pointer }) => {
        issues.push(`!${pointer}`)
      }
    ),
    issues
  }
}

t.test('names that AWS accepts', async (t) => {
  const good = [
    ACCOUNT,
    ROOT,
    ROLE,
    SESSION,
    USER,
    FEDERATED,
    'arn:aws-us-gov:iam::111122223333:user/a/b',
    'arn:aws:iam::cloudfront:user/E1',
    'AROAEXAMPLE1234567890',
    'AIDAEXAMPLE12345'
  ]
  for (const name of good)
    t.match(
      read({ AWS: name }),
      { issues: [], element: { aws: [name], services: [], everyone: false, malformed: false } },
      name
    )
  for (const element of ['*', { AWS: '*' }])
    t.strictSame(read(element), {
      issues: [],
      element: { inverted: false, aws: [], services: [], everyone: true, canonical: false, malformed: false }
    })
  t.match(read({ AWS: [ROLE, '*', ROOT] }), { issues: [], element: { aws: [ROLE, ROOT], everyone: true } })
  t.match(read({ Service: [SERVICE, 's3.amazonaws.com.cn', 'a.b'] }), {
    issues: [],
    element: { aws: [], services: [SERVICE, 's3.amazonaws.com.cn', 'a.b'], everyone: false, malformed: false }
  })
  t.match(
    read({ Federated: 'cognito-identity.amazonaws.com' }),
    { issues: [], element: { aws: [], services: [], everyone: false, malformed: false } },
    'no principal that calls KMS'
  )
})

t.test('parsePrincipals: names AWS refuses, no principal; no names at all, an unreliable statement', async (t) => {
  const bad = [
    '',
    '11112222333',
    '1111222233334',
    'x111122223333',
    '**',
    `${ROLE}*`,
    `arn:aws:iam::${ACCOUNT}:role/*`,
    `arn:aws:iam::${ACCOUNT}:role/`,
    `arn:aws:iam::${ACCOUNT}:user/`,
    `arn:aws:iam::${ACCOUNT}:group/g`,
    `x${ROOT}`,
    `${ROOT}x`,
    'arn:aws:iam::1:root',
    'arn:AWS:iam::111122223333:root',
    'arn::iam::111122223333:root',
    `arn:aws:sts::${ACCOUNT}:assumed-role/`,
    `arn:aws:sts::${ACCOUNT}:role/R`,
    `arn:aws:iam::${ACCOUNT}:role/<name>`,
    `arn:aws:iam::${ACCOUNT}:role/{name}`,
    `arn:aws:iam::${ACCOUNT}:user/a?`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/a b`,
    'arn:aws:iam::cloudfront:user/',
    'arn:aws:iam::cloudfront:user/*',
    'arn:aws:iam::cloudfront:role/a',
    'AROAEXAMPLE',
    'AIDAEXAMPLE1234',
    'BROAEXAMPLE1234567890',
    'AroaEXAMPLE1234567890',
    'AR0AEXAMPLE1234567890',
    'AROAEXAMPLE1234567890x',
    'xAROAEXAMPLE1234567890',
    SERVICE
  ]
  for (const name of bad)
    t.match(read({ AWS: name }), { issues: ['-/P/AWS'], element: { aws: [], everyone: false, malformed: true } }, name)
  for (const name of [
    '',
    'personalize',
    'Personalize.amazonaws.com',
    '*',
    '*.amazonaws.com',
    'a..b',
    '.a.b',
    'a.b.',
    `${SERVICE}/x`,
    `x ${SERVICE}`,
    ROLE
  ])
    t.match(read({ Service: name }), { issues: ['-/P/Service'], element: { services: [], malformed: true } }, name)
  t.match(
    read({ Canonical: 'x' }),
    { issues: ['-/P/Canonical'], element: { malformed: true } },
    'a type that KMS does not know'
  )
  for (const value of [5, null, {}, [[ROLE]]]) {
    t.match(read({ AWS: value }), { issues: ['!/P/AWS'], element: { aws: [], malformed: true } })
    t.match(read({ Service: value }), { issues: ['!/P/Service'], element: { services: [], malformed: true } })
    t.match(read({ Federated: value }), { issues: ['!/P/Federated'], element: { malformed: true } })
  }
  // An element that is a list stands for nothing, as one that is a text or a number does.
  for (const element of [ROLE, 5, null, ['*'], true])
    t.match(read(element), { issues: ['!/P'], element: { aws: [], services: [], everyone: false, malformed: true } })
})

t.test('a unique id stands for a principal that has been deleted', async (t) => {
  t.ok(isUniqueId('AROAEXAMPLE1234567890'))
  t.notOk(isUniqueId(ROLE))
})

t.test('how an Allow names a caller', async (t) => {
  const by = (names: string | readonly string[], caller: keyof typeof callers): string => {
    const { account, role, direct } = matchAllowPrincipal(read({ AWS: names }).element, callers[caller])
    return [account, role, direct].map((truth) => '-?y'[truth]).join('')
  }
  for (const [caller, name, expected] of [
    ['role', ROLE, '-y-'],
    ['role', ROOT, 'y--'],
    ['role', ACCOUNT, 'y--'],
    ['role', '*', '--y'],
    ['role', SESSION, '--?'],
    ['role', USER, '---'],
    ['role', `arn:aws:iam::${ACCOUNT}:role/R`, '---'],
    ['session', SESSION, '--y'],
    ['session', ROLE, '-y-'],
    ['session', `arn:aws:iam::${ACCOUNT}:role/R`, '-y-'],
    ['session', `arn:aws:iam::${ACCOUNT}:role/RR`, '---'],
    ['session', 'arn:aws:iam::444455556666:role/R', '---'],
    ['session', `arn:aws:iam::${ACCOUNT}:user/R`, '---'],
    ['session', `arn:aws:sts::${ACCOUNT}:assumed-role/R/t`, '---'],
    ['user', USER, '--y'],
    ['user', ROOT, 'y--'],
    ['user', ROLE, '---'],
    ['root', ROOT, '--y'],
    ['root', ACCOUNT, '--y'],
    ['root', ROLE, '---'],
    ['federated', FEDERATED, '--y'],
    ['federated', ROOT, 'y--'],
    ['service', '*', '--?'],
    ['service', ROOT, '---'],
    ['anonymous', '*', '--y'],
    ['anonymous', ROLE, '---'],
    ['anonymous', ACCOUNT, '---']
  ] as const)
    t.equal(by(name, caller), expected, `${caller} by ${name}`)
  t.equal(by([ROOT, ROLE, USER], 'role'), 'yy-', 'the forms add up')
  t.equal(by([SESSION, ROLE, '*'], 'role'), '-yy')
  t.match(matchAllowPrincipal(read({ Service: SERVICE }).element, callers.service), { direct: YES })
  t.match(matchAllowPrincipal(read({ Service: SERVICE, AWS: '*' }).element, callers.service), { direct: YES })
  t.match(matchAllowPrincipal(read({ Service: 's3.amazonaws.com' }).element, callers.service), { direct: NO })
  t.match(matchAllowPrincipal(read({ Service: SERVICE }).element, callers.role), { account: NO, role: NO, direct: NO })
  t.match(
    matchAllowPrincipal(read({ AWS: [ROLE, ROOT] }, true).element, callers.role),
    { account: NO, role: NO, direct: NO },
    'NotPrincipal with Allow names no principal'
  )
})

t.test('whom a Deny reaches', async (t) => {
  const reach = (element: unknown, caller: keyof typeof callers, inverted = false, boundary: Truth = NO): Truth =>
    matchDenyPrincipal(read(element, inverted).element, callers[caller], boundary)
  t.equal(reach({ AWS: ROOT }, 'session'), YES, 'a Deny on the account is one on everybody in it')
  t.equal(reach({ AWS: ROLE }, 'session'), YES)
  t.equal(reach('*', 'service'), YES)
  t.equal(reach({ AWS: USER }, 'role'), NO)
  t.equal(
    reach({ AWS: [USER, `arn:aws:iam::${ACCOUNT}:role/*`] }, 'role'),
    MAYBE,
    'a name that AWS refuses might be meant for anybody'
  )
  t.equal(reach({ AWS: [ROLE, `arn:aws:iam::${ACCOUNT}:role/*`] }, 'role'), YES)
  t.equal(reach({ AWS: [USER, 'x'] }, 'role', true), MAYBE, 'or be meant to spare anybody')
  t.equal(reach({ AWS: [ROLE, ROOT, 'x'] }, 'role', true), MAYBE)
})

t.test('whom a Deny with NotPrincipal spares', async (t) => {
  const spares = (names: readonly string[], kind: Principal['kind'], value: string, boundary: Truth = NO): Truth =>
    matchDenyPrincipal(read({ AWS: names }, true).element, parseCaller({ kind, value }), boundary)
  for (const [kind, value, forms] of [
    ['role', ROLE, [ROLE]],
    ['session', SESSION, [ROLE]],
    ['user', USER, [USER]],
    ['federated-user', FEDERATED, [FEDERATED]],
    ['root', ROOT, []]
  ] as const) {
    const bound = kind === 'role' || kind === 'session' || kind === 'user'
    for (const account of [ROOT, ACCOUNT])
      t.equal(spares([account, ...forms], kind, value), NO, `${kind}: every form is listed`)
    t.equal(spares(['arn:aws:iam::444455556666:user/other'], kind, value), YES, `${kind}: none is listed`)
    for (const left of forms)
      t.equal(
        spares(
          [ROOT, ...forms].filter((form) => form !== left),
          kind,
          value
        ),
        MAYBE,
        `${kind}: ${left} is not listed`
      )
    if (bound) t.equal(spares([ROOT], kind, value, YES), YES, `${kind}: the boundary alone settles it`)
    if (forms.length > 0) t.equal(spares(forms, kind, value), MAYBE, `${kind}: the account is not listed`)
    t.equal(spares([ROOT, ...forms], kind, value, YES), bound ? YES : NO, `${kind}: with a permissions boundary`)
    t.equal(
      spares([ROOT, ...forms], kind, value, MAYBE),
      bound ? MAYBE : NO,
      `${kind}: with a boundary that could not be read`
    )
    t.equal(spares(['*'], kind, value), NO, `${kind}: everybody is listed`)
    t.equal(spares(['*'], kind, value, YES), bound ? YES : NO, `${kind}: everybody is listed, and there is a boundary`)
  }
  t.equal(matchDenyPrincipal(read({ Service: SERVICE }, true).element, callers.service, YES), NO)
  t.equal(matchDenyPrincipal(read({ Service: 's3.amazonaws.com' }, true).element, callers.service, NO), YES)
  t.equal(spares([ROLE, ROOT], 'anonymous', ''), YES, 'an anonymous caller is not listed')
  t.equal(spares(['*'], 'anonymous', ''), NO)
})

t.test('the forms of a caller', async (t) => {
  t.match(callers.role, {
    partition: 'aws',
    accountId: ACCOUNT,
    rootArn: ROOT,
    roleName: 'R',
    sessionPrefix: `arn:aws:sts::${ACCOUNT}:assumed-role/R/`,
    serviceLinked: NO
  })
  t.match(callers.session, {
    accountId: ACCOUNT,
    rootArn: ROOT,
    roleName: 'R',
    rolePrefix: `arn:aws:iam::${ACCOUNT}:role/`,
    serviceLinked: NO
  })
  t.match(callers.user, { accountId: ACCOUNT, roleName: undefined, serviceLinked: NO })
  for (const kind of ['service', 'anonymous'] as const)
    t.match(
      parseCaller({ kind, value: ROLE }),
      { partition: '', accountId: '', rootArn: '', roleName: undefined, serviceLinked: NO },
      `${kind}: of no account`
    )
  t.match(parseCaller({ kind: 'role', value: 'R' }), { accountId: '', rootArn: '' }, 'no ARN: of no account')
  const linked = (kind: Principal['kind'], value: string): Truth => parseCaller({ kind, value }).serviceLinked
  t.equal(linked('role', `arn:aws:iam::${ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX`), YES)
  t.equal(linked('role', `arn:aws:iam::${ACCOUNT}:role/AWSServiceRoleForX`), NO, 'a role by its path')
  t.equal(linked('session', `arn:aws:sts::${ACCOUNT}:assumed-role/AWSServiceRoleForX/s`), MAYBE, 'a session: perhaps')
  t.equal(linked('user', `arn:aws:iam::${ACCOUNT}:user/AWSServiceRoleForX`), NO)
})
