import t from 'tap'
import { authorize } from '../../../src/iam/authorize.js'
import { compilePolicy } from '../../../src/iam/document/policy-document.js'
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

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
t.test('call facts: service, is no principal of a customer; of an account of AWS nothing is known', async (t) => {
  const decide = (operator: string, pattern: string, key = 'aws:PrincipalArn'): string => {
    const policy = compilePolicy('default', {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'personalize.amazonaws.com' },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { [operator]: { [key]: pattern } }
      }
    })
    const call = {
      principal: { type: 'service' as const },
      action: 'kms:Decrypt',
      key: { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`, accountId: ACCOUNT, region: 'us-east-1' },
      via: 'direct' as const,
      accountId: ACCOUNT,
      region: 'us-east-1',
      partition: 'aws'
    }
    return authorize(personalizeRequest(call), { resourcePolicy: { policies: [policy], complete: true } }).decision
  }
  for (const own of [`arn:aws:iam::${ACCOUNT}:role/R`, `arn:aws:iam::${ACCOUNT}:*`, `arn:aws:sts::${ACCOUNT}:assumed-role/R/*`]) {
    t.equal(decide('StringNotLike', own), 'allowed', own)
    t.equal(decide('StringLike', own), 'implicitDeny', own)
  }
  for (const any of ['arn:aws:iam::*:role/*', 'arn:aws:*', '*']) {
    t.equal(decide('StringNotLike', any), 'conditional', any)
    t.equal(decide('StringLike', any), 'conditional', any)
  }
  t.equal(decide('StringNotLike', 'AROAEXAMPLEEXAMPLE000:*', 'aws:userid'), 'allowed')
  t.equal(decide('StringNotLike', 'AROA*', 'aws:userid'), 'conditional')
})
