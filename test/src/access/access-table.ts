import t from 'tap'
import { type AccessTable, parseAccessTable } from '../../../src/access/access-table.js'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ROLE = 'arn:aws:iam::111122223333:role/team-a/Personalize'

function tableOf (callers: object): AccessTable {
  const parsed = parseAccessTable(JSON.stringify({ callers }))
  if ('faults' in parsed) throw new Error(parsed.faults.join())
  return parsed.table
}

t.test('access table: not listed, no caller may read it', async (t) => {
  const table = tableOf({ a: { accounts: ['111122223333'] }, none: {} })
  for (const caller of ['b', 'none', '', 'A', '__proto__', 'constructor']) {
    t.notOk(table.accessOf(caller).mayRead(KEY), caller)
    t.notOk(table.accessOf(caller).mayReadAccount('111122223333'), caller)
  }
})

t.test('an account gives its keys, aliases, roles and policies, and of no other', async (t) => {
  const { mayRead, mayReadAccount } = tableOf({ a: { accounts: ['111122223333'] } }).accessOf('a')
  for (const arn of [KEY, KEY.replace('key/', 'alias/'), ROLE, 'arn:aws:iam::111122223333:policy/Boundary'])
    t.ok(mayRead(arn), arn)
  for (const arn of [
    KEY.replace('111122223333', '444455556666'),
    ROLE.replace('111122223333', '444455556666'),
    '',
    'key',
    'arn:aws:kms:us-east-1::key/111122223333'
  ])
    t.notOk(mayRead(arn), arn)
  t.ok(mayReadAccount('111122223333'))
  t.notOk(mayReadAccount('444455556666'))
})

t.test('ARNs are given with wildcards, of which none goes beyond its segment', async (t) => {
  const { mayRead, mayReadAccount } = tableOf({
    a: { keys: ['arn:aws:kms:*:111122223333:key/*'], roles: ['arn:aws:iam::111122223333:role/team-a/*'] }
  }).accessOf('a')
  t.ok(mayRead(KEY))
  t.ok(mayRead(ROLE))
  t.notOk(mayRead(ROLE.replace('team-a', 'team-b')))
  t.notOk(mayRead(KEY.replace('key/', 'alias/')), 'an alias is not a key')
  t.notOk(mayRead('arn:aws:iam::111122223333:policy/Boundary'), 'a policy has to be given, too')
  t.notOk(mayRead('arn:aws:kms:x:444455556666:y:111122223333:key/1'), 'the Region takes no colon')
  t.ok(mayReadAccount('111122223333'), 'what binds the account binds what is given of it')
  t.notOk(
    tableOf({ a: { policies: ['arn:aws:iam::111122223333:policy/*'] } })
      .accessOf('a')
      .mayReadAccount('111122223333'),
    'a policy is bound by nothing'
  )
})

t.test('a bucket is given by its ARN, or by the account that alone it is read of', async (t) => {
  const bucket = 'arn:aws:s3:::team-a-data'
  const byName = tableOf({ a: { buckets: ['arn:aws:s3:::team-a-*'] } }).accessOf('a')
  t.ok(byName.mayRead(bucket))
  t.ok(byName.mayRead(bucket, '444455556666'))
  t.notOk(byName.mayRead('arn:aws:s3:::team-b-data'))
  t.notOk(byName.mayReadAccount('111122223333'))
  const byAccount = tableOf({ a: { accounts: ['111122223333'] } }).accessOf('a')
  t.ok(byAccount.mayRead(bucket, '111122223333'))
  t.notOk(byAccount.mayRead(bucket), 'whose it is, is not known')
  t.notOk(byAccount.mayRead(bucket, '444455556666'))
  t.notOk(byAccount.mayRead(KEY.replace('111122223333', '444455556666'), '111122223333'), 'a key has its own account')
})

t.test("policies that AWS manages are everybody's; an entry * is every caller's", async (t) => {
  const table = tableOf({ a: { keys: [KEY] }, '*': { roles: [ROLE] } })
  t.ok(table.accessOf('a').mayRead('arn:aws:iam::aws:policy/AdministratorAccess'))
  t.ok(table.accessOf('a').mayRead(ROLE))
  t.ok(table.accessOf('anybody').mayRead(ROLE))
  t.notOk(table.accessOf('anybody').mayRead(KEY))
  t.ok(table.accessOf('*').mayRead(ROLE), 'a caller of that name is a caller like others')
})

t.test('every fault at once, without the names of callers', async (t) => {
  const faulty: Array<[text: string, faults: RegExp[]]> = [
    ['', [/JSON object/]],
    ['[]', [/JSON object/]],
    ['{"callers":[]}', [/JSON object/]],
    ['{"callers":{"a":{},"a":{}}}', [/twice/]],
    ['{"callers":{},"roles":[]}', [/other than "callers"/]],
    ['{"callers":{"secret":[],"secret2":{"key":[]}}}', [/entry 1 must be an object/, /entry 2 has members other/]],
    [
      '{"callers":{"secret":{"accounts":["1"],"keys":"all","roles":[1],"policies":["*"]}}}',
      [/accounts must be/, /keys must be a list/, /roles must be a list/, /policies must be ARNs/]
    ],
    ['{"callers":{"a":{"keys":["arn:aws:kms:us-east-1:*:key/*"]}}}', [/account written out/]],
    [
      '{"callers":{"a":{"buckets":["data"]},"b":{"buckets":["arn:aws:s3:::b/x*"]},"c":{"buckets":["arn:aws:s3::1:b"]}}}',
      [/entry 1 buckets must be ARNs of buckets/, /entry 2 buckets/, /entry 3 buckets/]
    ],
    [
      `{"callers":{"a":{"keys":["${ROLE}"],"roles":["${KEY}"]}}}`,
      [/keys must be ARNs of keys/, /roles must be ARNs of roles/]
    ]
  ]
  for (const [text, expected] of faulty) {
    const parsed = parseAccessTable(text)
    const faults = 'faults' in parsed ? parsed.faults : []
    t.equal(faults.length, expected.length, text)
    for (const [i, pattern] of expected.entries()) t.match(faults[i], pattern)
    t.notMatch(faults.join(), /secret/)
  }
})
