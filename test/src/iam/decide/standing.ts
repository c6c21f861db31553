import fc from 'fast-check'
import t from 'tap'
import { readRequest } from '../../../../conformance/read-request.js'
import { authorize, type Decision, prepare } from '../../../../src/iam/authorize.js'
import { collectApplicable, evaluate } from '../../../../src/iam/decide/applicable-policies.js'
import type { Layer, Policies } from '../../../../src/iam/decide/request.js'
import { compilePolicy } from '../../../../src/iam/document/policy-document.js'
import { known, RequestContext } from '../../../../src/iam/match/request-context.js'
import { ACCOUNT, ACTIONS, KEY, request } from '../arbitrary-policies.js'

const textOf = ({ decision, matchedStatements, mayBeDetermining, missingContextValues, layers }: Decision): string =>
  JSON.stringify([decision, matchedStatements, mayBeDetermining, missingContextValues, layers])

t.test('prepare: actions decided in any order, the decision and explanation of each alone', async (t) => {
  const unknown = fc.uniqueArray(fc.constantFrom('kms:ViaService', 'aws:PrincipalTag/a'))
  const actions = fc.array(fc.constantFrom(...ACTIONS), { minLength: 2, maxLength: 6 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(request, unknown, actions, (input, keys, decided) => {
        const { policies, request: question } = readRequest({ ...input, unknown: keys })
        const { decide } = prepare(question, policies)
        return decided.every(
          (action) => textOf(decide(action)) === textOf(authorize({ ...question, action }, policies))
        )
      }),
      { numRuns: 300 }
    )
  })
})

const layer = (...statements: unknown[]): Layer => ({
  policies: [compilePolicy('p', { Version: '2012-10-17', Statement: statements })],
  complete: true
})
const ROLE = { kind: 'role', value: `arn:aws:iam::${ACCOUNT}:role/path/R` } as const
const use = { Effect: 'Allow', Principal: { AWS: ROLE.value }, Action: 'kms:*', Resource: KEY }
const tagged = { ...use, Condition: { StringEquals: { 'aws:PrincipalTag/a': 'x' } } }
const context = new RequestContext([['aws:PrincipalTag/a', known('x')]])
const ofRole = { principal: ROLE, resource: { arn: KEY, accountId: ACCOUNT }, context }

t.test('explain: an allowed action, the members of the decision', async (t) => {
  const { decide, explain } = prepare(ofRole, { resourcePolicy: layer(tagged) })
  const explanation = explain('kms:Decrypt')
  t.equal(explanation.layers.resourcePolicy, 'allowed')
  t.strictSame(explanation.matchedStatements, [{ policy: 'resourcePolicy', name: 'p', index: 0, effect: 'Allow' }])
  t.strictSame([explanation.mayBeDetermining, explanation.conditions], [[], []])
  t.equal(decide('kms:Decrypt').decision, 'allowed')
})

t.test('prepare: several actions, a statement is matched once', async (t) => {
  let lookups = 0
  const counting = new RequestContext([], () => {
    lookups++
    return known('x')
  })
  const { decide } = prepare({ ...ofRole, context: counting }, { resourcePolicy: layer(tagged) })
  for (const action of ACTIONS) decide(action)
  t.equal(lookups, 1)
  t.equal(decide('kms:Decrypt').decision, 'allowed')
})

t.test('authorize: other policies for the same request, another decision', async (t) => {
  const action = 'kms:Decrypt'
  t.equal(authorize({ ...ofRole, action }, { resourcePolicy: layer(tagged) }).decision, 'allowed')
  t.equal(
    authorize({ ...ofRole, action }, { resourcePolicy: layer({ ...tagged, Effect: 'Deny' }) }).decision,
    'explicitDeny'
  )
})

t.test('evaluate: each rule, the layers that take part', async (t) => {
  const layersFor = (policies: Policies, action: string): string[] =>
    evaluate(collectApplicable(ofRole, policies), action).layers.map(({ name }) => name)
  const all = {
    resourcePolicy: layer(),
    identityPolicies: layer(),
    serviceControlPolicies: [layer()],
    resourceControlPolicies: [layer()]
  }
  t.strictSame(layersFor(all, 'kms:Decrypt'), [
    'resourcePolicy',
    'identityPolicies',
    'serviceControlPolicies',
    'resourceControlPolicies'
  ])
  t.strictSame(layersFor(all, 'kms:ListKeys'), [
    'identityPolicies',
    'serviceControlPolicies',
    'resourceControlPolicies'
  ])
  t.strictSame(layersFor(all, 'kms:RetireGrant'), ['resourcePolicy', 'identityPolicies', 'serviceControlPolicies'])
  t.strictSame(layersFor({ identityPolicies: layer() }, 'kms:ListKeys'), ['identityPolicies'])
})

t.test('collectApplicable: a boundary of which something is known, is attached', async (t) => {
  const boundary = (permissionsBoundary: Layer | undefined): unknown =>
    collectApplicable(ofRole, permissionsBoundary === undefined ? {} : { permissionsBoundary }).facts.boundary
  t.equal(boundary(undefined), 0)
  t.equal(boundary(layer()), 2)
  t.equal(boundary({ ...layer(), complete: false }), 2)
  t.equal(boundary({ policies: [], complete: true }), 2)
  t.equal(boundary({ policies: [], complete: false }), 1)
})

t.test('collectApplicable: a document that is no policy, an incomplete layer', async (t) => {
  const incomplete = (policies: Layer): unknown =>
    collectApplicable(ofRole, { resourcePolicy: policies }).layers.map((found) => found.incomplete)
  t.strictSame(incomplete(layer()), [false])
  t.strictSame(incomplete({ ...layer(), complete: false }), [true])
  t.strictSame(incomplete({ policies: [compilePolicy('p', 5), ...layer().policies], complete: true }), [true])
})
