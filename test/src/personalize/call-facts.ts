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

/** What is decided for the caller where a Deny has this condition and all else allows. */
function decideDeny (condition: Record<string, unknown>, principal: PersonalizeCaller, facts: CallFacts = {}, keyAccount = ACCOUNT): string {
  const statement = { Principal: { AWS: '*', Service: 'personalize.amazonaws.com' }, Action: 'kms:*', Resource: '*' }
  const policy = compilePolicy('default', {
    Version: '2012-10-17',
    Statement: [
      { ...statement, Effect: 'Allow' },
      { ...statement, Effect: 'Deny', Condition: condition }
    ]
  })
  const identity = compilePolicy('kms', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  })
  const request = personalizeRequest({
    principal,
    action: 'kms:Decrypt',
    key: { arn: `arn:aws:kms:us-east-1:${keyAccount}:key/k`, accountId: keyAccount, region: 'us-east-1' },
    via: 'direct',
    accountId: ACCOUNT,
    region: 'us-east-1',
    partition: 'aws',
    observed: { facts }
  })
  return authorize(request, {
    resourcePolicy: { policies: [policy], complete: true },
    identityPolicies: { policies: [identity], complete: true }
  }).decision
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceorgid
t.test('call facts: role and key of one account, are of one organization whichever it is', async (t) => {
  const differs = { StringNotEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' }, Null: { 'aws:PrincipalOrgID': 'false' } }
  t.equal(decideDeny(differs, ROLE), 'allowed')
  t.equal(decideDeny(differs, ROLE, {}, '444455556666'), 'conditional', 'a key of another account')
  const split = { StringEquals: { 'aws:PrincipalOrgID': 'o-a', 'aws:ResourceOrgID': 'o-b' } }
  t.equal(decideDeny(split, ROLE), 'allowed', 'two literals')
  const both = { StringEquals: { 'aws:PrincipalOrgID': 'o-a', 'aws:ResourceOrgID': 'o-a' } }
  t.equal(decideDeny(both, ROLE), 'conditional', 'one literal may be theirs')
  const other = { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a', 'aws:ResourceOrgID': 'o-b' } }
  t.equal(decideDeny(other, ROLE), 'conditional', 'neither literal may be theirs')
  const one = { Null: { 'aws:PrincipalOrgID': 'true', 'aws:ResourceOrgID': 'false' } }
  t.equal(decideDeny(one, ROLE), 'allowed', 'both are absent or none')
  const known = { StringNotEquals: { 'aws:ResourceOrgID': 'o-a' } }
  t.equal(decideDeny(known, ROLE, { roleMembership: { organizationId: 'o-a' } }), 'allowed', 'that of the role is known')
  t.equal(decideDeny(known, ROLE, { roleMembership: { organizationId: 'o-b' } }), 'explicitDeny')
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
t.test('call facts: source organization, is that of the account and comes where the account is sent', async (t) => {
  const service: PersonalizeCaller = { type: 'service' }
  const published = (organization: string): Record<string, unknown> => ({
    StringNotEqualsIfExists: { 'aws:SourceOrgID': organization },
    Null: { 'aws:SourceAccount': 'false' }
  })
  const facts: CallFacts = { sourceMembership: { organizationId: 'o-a', path: 'o-a/r-1/' } }
  t.equal(decideDeny(published('o-a'), service, facts), 'allowed')
  t.equal(decideDeny(published('o-b'), service, facts), 'conditional', 'another organization, if the keys are sent')
  t.equal(decideDeny(published('o-a'), service), 'conditional', 'the organization was not read')
  t.equal(decideDeny(published('o-a'), service, { sourceMembership: 'none' }), 'conditional', 'in no organization')
  const strict = { StringNotEquals: { 'aws:SourceOrgID': 'o-a' } }
  t.equal(decideDeny(strict, service, facts), 'conditional', 'whether it is sent is not documented')
})

t.test('call facts: alias of the request, is one of the aliases of the key or absent', async (t) => {
  t.match(lookup({ aliases: ['alias/a'] }, 'kms:RequestAlias'), { state: 'unknown', mayBeAbsent: true, like: ['alias/a'] })
  t.match(lookup({ aliases: [] }, 'kms:RequestAlias'), { state: 'absent' })
  t.match(lookup({}, 'kms:RequestAlias'), { state: 'unknown' })
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
