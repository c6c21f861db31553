import { writeFileSync } from 'node:fs'
import { policiesRequests, keyPolicyRequests, rolePolicyRequests, trustPolicyRequests } from '../routes/examples/usages.js'
import { documentRequests } from '../routes/examples/verification.js'
import { GATEWAY_HEADERS } from '../reliability/production-settings.js'

/** The routes that are measured, each with the documentation's own example, and what part of a bare server's requests it has to reach. */
export const ROUTES: ReadonlyArray<{ path: string, body: unknown, bar: number }> = [
  { path: '/policies/key', body: keyPolicyRequests.datasetGroup.value, bar: 0.75 },
  { path: '/policies/iam', body: rolePolicyRequests.datasetGroup.value, bar: 0.75 },
  { path: '/policies/trust', body: trustPolicyRequests.oneRole.value, bar: 0.75 },
  { path: '/policies', body: policiesRequests.twoTeams.value, bar: 0.75 },
  { path: '/verify/documents', body: documentRequests.works.value, bar: 0.5 }
]

export const HEADERS = { ...GATEWAY_HEADERS, accept: 'application/json' }

/** What the service answers on each route, for a bare server to answer the same. */
export async function writeAnswers (port: number, file: string): Promise<void> {
  const answers = await Promise.all(ROUTES.map(async ({ path, body }) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { ...HEADERS, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
    return [path, await answer.json()] as const
  }))
  writeFileSync(file, JSON.stringify(Object.fromEntries(answers)))
}
