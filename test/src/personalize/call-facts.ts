import t from 'tap'
import type { CallFacts } from '../../../src/personalize/call-facts.js'
import { type PersonalizeCaller, personalizeRequest } from '../../../src/personalize/kms-call.js'

const ACCOUNT = '111122223333'
const ROLE: PersonalizeCaller = { type: 'role', arn: `arn:aws:iam::${ACCOUNT}:role/R` }
const lookup = (facts: CallFacts, key: string, principal: PersonalizeCaller = ROLE): unknown =>
  personalizeRequest({
    principal,
    action: 'kms:Decrypt',
    key: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT, region: 'us-east-1' },
    via: 'direct',
    accountId: ACCOUNT,
    region: 'us-east-1',
    partition: 'aws',
    observed: { facts }
  }).context.lookup(key.toLowerCase())

t.test('call facts: role id, is the beginning of aws:userid', async (t) => {
  t.match(lookup({ roleId: 'AROAEXAMPLE' }, 'aws:userid'), {
    state: 'unknown',
    mayBeAbsent: false,
    like: ['AROAEXAMPLE:?*']
  })
})

t.test('call facts: role tags, are known only where no session tags can be passed', async (t) => {
  const roleTags = { team: 'red' }
  t.match(lookup({ roleTags, sessionTags: false }, 'aws:PrincipalTag/team'), { state: 'known', values: ['red'] })
  t.match(lookup({ roleTags, sessionTags: false }, 'aws:PrincipalTag/other'), { state: 'absent' })
  t.match(lookup({ roleTags, sessionTags: true }, 'aws:PrincipalTag/team'), { state: 'unknown' })
  t.match(lookup({ sessionTags: false }, 'aws:PrincipalTag/team'), { state: 'unknown' })
})

t.test('call facts: key tags and aliases, are known where they were read', async (t) => {
  t.match(lookup({ keyTags: { use: 'p' } }, 'aws:ResourceTag/use'), { state: 'known', values: ['p'] })
  t.match(lookup({ keyTags: {} }, 'aws:ResourceTag/use'), { state: 'absent' })
  t.match(lookup({}, 'aws:ResourceTag/use'), { state: 'unknown' })
  t.match(lookup({ aliases: ['alias/a'] }, 'kms:ResourceAliases'), { state: 'known', values: ['alias/a'] })
})

t.test('call facts: organization, is known of role and key where it was read', async (t) => {
  const member = { organizationId: 'o-1', path: 'o-1/r-1/' }
  const facts: CallFacts = { roleMembership: member, keyMembership: 'none' }
  t.match(lookup(facts, 'aws:PrincipalOrgID'), { state: 'known', values: ['o-1'] })
  t.match(lookup(facts, 'aws:PrincipalOrgPaths'), { state: 'known', values: ['o-1/r-1/'] })
  t.match(lookup(facts, 'aws:ResourceOrgID'), { state: 'absent' })
  t.match(lookup(facts, 'aws:PrincipalOrgID', { type: 'service' }), { state: 'absent' })
})

t.test('call facts: multi-factor authentication, is never true for a role of a service', async (t) => {
  t.match(lookup({}, 'aws:MultiFactorAuthPresent'), { state: 'unknown', like: ['false'] })
})
