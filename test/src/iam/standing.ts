import fc from 'fast-check'
import t from 'tap'
import { readRequest } from '../../../conformance/read-request.js'
import { authorize } from '../../../src/iam/authorize.js'
import { RequestContext } from '../../../src/iam/request-context.js'
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
