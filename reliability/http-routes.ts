import { writeFileSync } from 'node:fs'
import { keyPolicyRequests, policiesRequests } from '../routes/examples/usages.js'
import { documentRequests } from '../routes/examples/verification.js'
import { GATEWAY_HEADERS } from './production-settings.js'

export const HEADERS = { ...GATEWAY_HEADERS, accept: 'application/json' }

export interface Route {
  name: string
  path: string
  body: unknown
  target: number
}

/** What is measured: the documentation's own examples, and the part of the baseline's speed that each has to reach. */
export const ROUTES: readonly Route[] = [
  { name: 'key policy', path: '/policies/key', body: keyPolicyRequests.datasetGroup.value, target: 0.25 },
  { name: 'all policies', path: '/policies', body: policiesRequests.twoTeams.value, target: 0.22 },
  { name: 'documents, pass', path: '/verify/documents', body: documentRequests.works.value, target: 0.2 },
  {
    name: 'documents, fail',
    path: '/verify/documents',
    body: documentRequests.servicePrincipalMissing.value,
    target: 0.15
  }
]

/** The path at which the baseline sends the response of a route. */
export const baselinePathOf = ({ name }: Route): string => `/${name.replaceAll(/\W+/g, '-')}`

/** Writes what the service responds to each route, for the baseline to send the same. */
export async function writeResponses (port: number, file: string): Promise<void> {
  const responses = await Promise.all(
    ROUTES.map(async (route) => {
      const response = await fetch(`http://127.0.0.1:${port}${route.path}`, {
        method: 'POST',
        headers: { ...HEADERS, 'content-type': 'application/json' },
        body: JSON.stringify(route.body)
      })
      if (response.status !== 200) throw new Error(`${route.path} responded ${response.status}`)
      return [baselinePathOf(route), await response.json()] as const
    })
  )
  writeFileSync(file, JSON.stringify(Object.fromEntries(responses)))
}
