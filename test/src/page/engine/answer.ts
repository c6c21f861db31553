import t from 'tap'
import { explanation } from '../../../../src/page/engine/explanation.js'
import * as generation from '../../../../src/page/engine/generation.js'
import { verification } from '../../../../src/page/engine/verification.js'
import { startApp } from '../../../helper.js'
import { BODIES } from '../../../page-bodies.js'

const OPERATIONS = {
  policies: { path: '/policies', run: generation.policies },
  keyPolicy: { path: '/policies/key', run: generation.keyPolicy },
  rolePolicy: { path: '/policies/iam', run: generation.rolePolicy },
  trustPolicy: { path: '/policies/trust', run: generation.trustPolicy },
  bucketPolicy: { path: '/policies/bucket', run: generation.bucketPolicy },
  verification: { path: '/verify/documents', run: verification },
  explanation: { path: '/explain', run: explanation }
}

t.test('answer: status, body, faults and texts are those of the service', async (t) => {
  const { agent } = await startApp(t)
  for (const { operation, name, body } of BODIES) {
    const { path, run } = OPERATIONS[operation]
    const served = await agent.post(path).send(body)
    const here = run(body)
    if ('problem' in here) {
      const { type: _type, instance: _instance, ...problem } = served.body
      t.strictSame([here.status, here.problem], [served.status, problem], `${operation}: ${name}`)
    } else t.equal(JSON.stringify(here.body) ?? '', served.status === 204 ? 'null' : served.text, `${operation}: ${name}`)
  }
})
