import fc from 'fast-check'
import t from 'tap'
import { readRequest } from '../../../conformance/read-request.js'
import { authorize, type Layer } from '../../../src/iam/authorize.js'
import { compilePolicy } from '../../../src/iam/policy-document.js'
import { known, RequestContext } from '../../../src/iam/request-context.js'
import { layersUnder, standingOf } from '../../../src/iam/standing.js'
import { ACCOUNT, ACTIONS, CALLERS, KEY, OTHER_ACCOUNT, request } from './arbitrary-policies.js'

const RESOURCES = [{ arn: KEY, accountId: ACCOUNT }, { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/other`, accountId: ACCOUNT }, { arn: KEY, accountId: OTHER_ACCOUNT }, { arn: 'arn:aws-cn:kms:cn-north-1:111122223333:key/k', accountId: ACCOUNT }]
const asked = fc.record({ principal: fc.constantFrom(...CALLERS), action: fc.constantFrom(...ACTIONS), resource: fc.constantFrom(...RESOURCES), rule: fc.constantFrom('kms-key', 'identity-or-resource'), withoutResource: fc.boolean(), bare: fc.boolean() })

t.test('what was asked before changes no answer', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(fc.property(request, fc.array(asked, { minLength: 2, maxLength: 6 }), (input, questions) => {
      const { policies, request: { context } } = readRequest({ ...input })
      const none = new RequestContext([])
      const answers = (fresh: boolean): string[] => questions.map(({ bare, ...question }) => {
        // Another object of the same content: of it nothing can be known from before.
        const decision = authorize({ ...question, context: bare ? none : context }, fresh ? { ...policies } : policies)
        return JSON.stringify([decision.decision, decision.matchedStatements, decision.layers])
      })
      return answers(false).join() === answers(true).join()
    }), { numRuns: 300 })
  })
})

const layer = (...statements: unknown[]): Layer => ({ policies: [compilePolicy('p', { Version: '2012-10-17', Statement: statements })], complete: true })
const ROLE = { kind: 'role', value: `arn:aws:iam::${ACCOUNT}:role/path/R` } as const
const allowing = { Effect: 'Allow', Principal: { AWS: ROLE.value }, Action: '*', Resource: KEY, Condition: { StringEquals: { 'aws:PrincipalTag/a': 'x' } } }
const asking = { principal: ROLE, resource: { arn: KEY, accountId: ACCOUNT }, context: new RequestContext([['aws:PrincipalTag/a', known('x')]]) }

t.test('the same question finds what was found before, any other is another', async (t) => {
  const policies = { resourcePolicy: layer(allowing) }
  const first = standingOf(asking, policies)
  t.equal(standingOf({ ...asking, withoutResource: false }, policies), first)
  const others = [
    { ...asking, principal: { ...ROLE, kind: 'user' } }, { ...asking, principal: { ...ROLE, value: `${ROLE.value}2` } }, { ...asking, context: new RequestContext([]) },
    { ...asking, resource: { ...asking.resource, arn: `${KEY}2` } }, { ...asking, resource: { ...asking.resource, accountId: OTHER_ACCOUNT } }, { ...asking, withoutResource: true }
  ] as const
  for (const other of others) {
    standingOf(asking, policies)
    const found = standingOf(other, policies)
    t.strictSame([found.caller.kind, found.caller.value, found.question.resourceArn, found.accountId, found.question.withoutResource], [other.principal.kind, other.principal.value, other.resource.arn, other.resource.accountId, 'withoutResource' in other])
    t.equal(found.question.context, other.context)
    t.equal(standingOf(other, policies), found)
  }
  t.equal(authorize({ ...asking, action: 'kms:Decrypt' }, policies).decision, 'allowed')
  t.equal(authorize({ ...asking, action: 'kms:Decrypt' }, { resourcePolicy: layer({ ...allowing, Effect: 'Deny' }) }).decision, 'explicitDeny', 'other policies')
})

t.test('the layers of a rule', async (t) => {
  const { layers } = standingOf(asking, { resourcePolicy: layer(), identityPolicies: layer(), serviceControlPolicies: [layer()], resourceControlPolicies: [layer()] })
  t.equal(layersUnder('key', layers), layers)
  t.equal(layersUnder('identityOrResource', layers), layers)
  t.strictSame(layersUnder('identityOnly', layers).map(({ name }) => name), ['identityPolicies', 'serviceControlPolicies', 'resourceControlPolicies'])
  t.strictSame(layersUnder('retireGrant', layers).map(({ name }) => name), ['resourcePolicy', 'identityPolicies', 'serviceControlPolicies'])
  const few = standingOf(asking, { identityPolicies: layer() }).layers
  t.equal(layersUnder('identityOnly', few), few, 'the same where none is left out')
  t.equal(layersUnder('retireGrant', few), few)
})

t.test('a boundary of which something is known is there', async (t) => {
  const boundary = (permissionsBoundary: Layer | undefined): unknown => standingOf(asking, permissionsBoundary === undefined ? {} : { permissionsBoundary }).question.boundary
  t.equal(boundary(undefined), 0)
  t.equal(boundary(layer()), 2)
  t.equal(boundary({ ...layer(), complete: false }), 2)
  t.equal(boundary({ policies: [], complete: true }), 2)
  t.equal(boundary({ policies: [], complete: false }), 1)
})

t.test('a document that is no policy leaves its layer incomplete', async (t) => {
  const incomplete = (policies: Layer): unknown => standingOf(asking, { resourcePolicy: policies }).layers.map((found) => found.incomplete)
  t.strictSame(incomplete(layer()), [false])
  t.strictSame(incomplete({ ...layer(), complete: false }), [true])
  t.strictSame(incomplete({ policies: [compilePolicy('p', 5), ...layer().policies], complete: true }), [true])
})
