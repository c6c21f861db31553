import t from 'tap'
import { constraintsOf, grantedBy, type GrantEntry, parseGrant } from '../../../../src/iam/decide/grant.js'
import { parseCaller } from '../../../../src/iam/document/principal.js'
import { type ContextValue, known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'
import { MAYBE, NO, type Truth, YES } from '../../../../src/iam/match/truth.js'

const ACCOUNT = '111122223333'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/R`
const SERVICE = 'personalize.amazonaws.com'
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`
const role = parseCaller({ kind: 'role', value: ROLE })
const service = parseCaller({ kind: 'service', value: SERVICE })

t.test('entries of ListGrants, and what is none', async (t) => {
  const whole = {
    GrantId: 'g',
    KeyId: KEY,
    GranteePrincipal: ROLE,
    GranteeServicePrincipal: SERVICE,
    RetiringPrincipal: ROLE,
    RetiringServicePrincipal: SERVICE,
    IssuingAccount: ACCOUNT,
    Operations: ['Decrypt'],
    Constraints: { EncryptionContextEquals: { a: 'b' }, EncryptionContextSubset: {}, SourceArn: ROLE },
    Name: 'n'
  }
  for (const good of [whole, {}, { Operations: [] }, { Constraints: {} }]) t.equal(parseGrant(good), good)
  const texts = Object.entries(whole)
    .filter(([name, value]) => name !== 'Name' && typeof value === 'string')
    .map(([name]) => name)
  t.equal(texts.length, 7)
  for (const bad of [
    undefined,
    null,
    'g',
    [],
    5,
    ...texts.map((name) => ({ [name]: 5 })),
    ...texts.map((name) => ({ [name]: null })),
    { Operations: 'Decrypt' },
    { Operations: [5] },
    { Operations: ['Decrypt', null] },
    { Operations: null },
    { Constraints: null },
    { Constraints: 'x' },
    { Constraints: { SourceArn: 5 } },
    ...['EncryptionContextEquals', 'EncryptionContextSubset'].flatMap((name) =>
      [5, null, [], { a: 5 }, { a: 'b', c: null }].map((value) => ({ Constraints: { [name]: value } }))
    )
  ])
    t.equal(parseGrant(bad), undefined, JSON.stringify(bad))
})

function given (
  grant: GrantEntry,
  action: string,
  caller = role,
  context: Record<string, ContextValue> = {}
): { direct: Truth; account: Truth; unknown: string[] } {
  const unknown: string[] = []
  return {
    ...grantedBy(grant, caller, action, KEY, new RequestContext(Object.entries(context)), (key) => {
      unknown.push(key)
    }),
    unknown
  }
}
const decrypt: GrantEntry = { GranteePrincipal: ROLE, Operations: ['Decrypt'] }

t.test('a grant concerns one key, by its ARN or its id', async (t) => {
  for (const KeyId of [KEY, 'k']) t.equal(given({ ...decrypt, KeyId }, 'kms:decrypt').direct, YES)
  t.equal(given(decrypt, 'kms:decrypt').direct, YES, 'ListGrants was asked about this key')
  for (const KeyId of ['other', '', 'alias/k', `${KEY}k`])
    t.equal(given({ ...decrypt, KeyId }, 'kms:decrypt').direct, NO, KeyId)
})

t.test('who is the grantee', async (t) => {
  const give = (grant: GrantEntry, caller = role): string => {
    const { direct, account } = given({ Operations: ['Decrypt'], ...grant }, 'kms:decrypt', caller)
    return `${direct}${account}`
  }
  t.equal(give({ GranteePrincipal: ROLE }), '20')
  t.equal(
    give(
      { GranteePrincipal: ROLE },
      parseCaller({ kind: 'session', value: `arn:aws:sts::${ACCOUNT}:assumed-role/R/s` })
    ),
    '20'
  )
  t.equal(
    give({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:root` }),
    '02',
    'an account, whose IAM policies then must allow'
  )
  t.equal(give({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:role/other` }), '00')
  t.equal(give({}), '00')
  for (const grant of [{ GranteePrincipal: SERVICE }, { GranteeServicePrincipal: SERVICE }]) {
    t.equal(give(grant, service), '20')
    t.equal(give(grant), '00')
  }
  t.equal(give({ GranteePrincipal: ROLE, GranteeServicePrincipal: 's3.amazonaws.com' }, service), '00')
  t.equal(give({ GranteePrincipal: ROLE, Operations: [] }), '00')
})

t.test('who may retire a grant', async (t) => {
  const retire = (grant: GrantEntry, caller = role): string => {
    const { direct, account } = given(grant, 'kms:retiregrant', caller)
    return `${direct}${account}`
  }
  t.equal(retire({ RetiringPrincipal: ROLE }), '20')
  t.equal(retire({ RetiringServicePrincipal: SERVICE }, service), '20')
  t.equal(retire({ GranteePrincipal: ROLE, Operations: ['RetireGrant'] }), '20')
  t.equal(retire({ GranteePrincipal: ROLE, Operations: ['Decrypt'] }), '00')
  t.equal(retire({ RetiringPrincipal: ROLE, GranteePrincipal: ROLE, Operations: ['Decrypt'] }), '20')
  for (const IssuingAccount of [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`])
    t.equal(retire({ IssuingAccount }), '02', 'the account that issued it, by its IAM policies')
  t.equal(retire({ RetiringPrincipal: `arn:aws:iam::${ACCOUNT}:root` }), '02')
  t.equal(retire({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:root`, Operations: ['RetireGrant'] }), '02')
  t.equal(retire({ IssuingAccount: '444455556666' }), '00')
  t.equal(retire({ IssuingAccount: '' }, service), '00', 'a service belongs to no account')
  t.equal(retire({ RetiringPrincipal: ROLE, IssuingAccount: ACCOUNT }), '22')
  t.equal(
    given(
      { RetiringPrincipal: ROLE, Constraints: { SourceArn: ROLE, EncryptionContextEquals: { a: 'b' } } },
      'kms:retiregrant'
    ).direct,
    YES,
    'constraints do not bind who retires it'
  )
})

t.test('encryption-context constraints', async (t) => {
  const equals: GrantEntry = {
    ...decrypt,
    Operations: ['Decrypt', 'DescribeKey'],
    Constraints: { EncryptionContextEquals: { p: 'a', q: 'b' } }
  }
  const pairs = (context: Record<string, ContextValue>): Record<string, ContextValue> =>
    Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]))
  const all = { p: known('a'), q: known('b') }
  t.equal(given(equals, 'kms:decrypt', role, pairs(all)).direct, YES)
  t.equal(
    given(equals, 'kms:decrypt', role, { ...pairs(all), 'kms:EncryptionContextKeys': known(['p', 'q']) }).direct,
    YES
  )
  t.equal(
    given(equals, 'kms:decrypt', role, { ...pairs(all), 'kms:EncryptionContextKeys': known(['p', 'q', 'r']) }).direct,
    NO,
    'another pair'
  )
  t.equal(given(equals, 'kms:decrypt', role, pairs({ ...all, r: known('c') })).direct, NO, 'another pair')
  t.equal(given(equals, 'kms:decrypt', role, pairs({ p: known('a') })).direct, NO, 'a pair is missing')
  t.equal(given(equals, 'kms:decrypt', role, pairs({ p: known('a'), q: known('B') })).direct, NO)
  t.match(given(equals, 'kms:decrypt', role, pairs({ ...all, r: UNKNOWN })), {
    direct: MAYBE,
    unknown: ['kms:encryptioncontext:r']
  })
  t.match(given(equals, 'kms:decrypt', role, pairs({ ...all, r: { state: 'absent' } })), { direct: YES, unknown: [] })
  t.equal(given(equals, 'kms:decrypt', role, pairs({ ...all, r: UNKNOWN, s: known('c') })).direct, NO)
  t.equal(given(equals, 'kms:describekey').direct, YES, 'ignored where there is no encryption context')
  const subset: GrantEntry = { ...decrypt, Constraints: { EncryptionContextSubset: { p: 'a' } } }
  t.equal(given(subset, 'kms:decrypt', role, pairs({ ...all, r: known('c') })).direct, YES)
  t.equal(given(subset, 'kms:decrypt').direct, NO)
})

t.test("the source ARN of a service's grant", async (t) => {
  const grant: GrantEntry = {
    GranteeServicePrincipal: SERVICE,
    Operations: ['Decrypt', 'DescribeKey'],
    Constraints: { SourceArn: 'arn:aws:personalize:us-east-1:111122223333:dataset/*' }
  }
  const from = (text: string): Record<string, ContextValue> => ({ 'aws:SourceArn': known(text) })
  for (const action of ['kms:decrypt', 'kms:describekey']) {
    t.equal(given(grant, action, service, from('arn:aws:personalize:us-east-1:111122223333:dataset/d')).direct, YES)
    t.equal(given(grant, action, service, from('arn:aws:personalize:us-east-1:444455556666:dataset/d')).direct, NO)
    t.equal(given(grant, action, service).direct, NO, 'not sent')
  }
  t.match(given(grant, 'kms:decrypt', service, { 'aws:SourceArn': UNKNOWN }), {
    direct: MAYBE,
    unknown: ['aws:sourcearn']
  })
  t.equal(
    given({ ...grant, Constraints: { SourceArn: 'nothing' } }, 'kms:decrypt', service, from('nothing')).direct,
    NO,
    'what is no ARN equals none'
  )
})

t.test('constraints as the conditions that they amount to', async (t) => {
  const grant: GrantEntry = { Constraints: { EncryptionContextEquals: { p: 'a' }, SourceArn: ROLE } }
  t.match(constraintsOf(grant, 'kms:decrypt'), [
    {
      operatorName: 'StringEquals',
      keyName: 'kms:EncryptionContext:p',
      key: 'kms:encryptioncontext:p',
      set: undefined,
      ifExists: false,
      values: [{ text: 'a' }]
    },
    {
      operatorName: 'ForAllValues:StringEquals',
      keyName: 'kms:EncryptionContextKeys',
      set: 'forAllValues',
      values: [{ text: 'p' }]
    },
    { operatorName: 'ArnLike', keyName: 'aws:SourceArn', values: [{ text: ROLE }] }
  ])
  t.match(
    constraintsOf(grant, 'kms:describekey').map(({ keyName }) => keyName),
    ['aws:SourceArn']
  )
  t.strictSame(constraintsOf(grant, 'kms:retiregrant'), [])
  t.strictSame(constraintsOf({}, 'kms:decrypt'), [])
})
