import { list, record, same, show, type Json } from '../compatibility/json.js'

const at = (value: unknown, ...path: string[]): unknown => path.reduce((inner, member) => record(inner)[member], value)
const ofKind = (objects: Json[], kind: string): Json[] => objects.filter((object) => object['kind'] === kind)
const selects = (policy: Json): Json => record(at(policy, 'spec', 'podSelector', 'matchLabels'))
const REDIS_PORT = 6379

/** How the namespace keeps the service apart from the rest of the cluster. Returns one sentence per violation. */
export function isolationFaults (objects: Json[]): string[] {
  return [
    ...securityStandardFaults(objects),
    ...ofKind(objects, 'Deployment').flatMap((deployment) => [
      ...podFaults(objects, deployment),
      ...quotaFaults(objects, deployment)
    ]),
    ...networkFaults(objects)
  ]
}

/** Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
function securityStandardFaults (objects: Json[]): string[] {
  return ofKind(objects, 'Namespace').flatMap((namespace) =>
    ['enforce', 'audit', 'warn'].flatMap((mode) => {
      const labels = record(at(namespace, 'metadata', 'labels'))
      const [level, version] = [
        labels[`pod-security.kubernetes.io/${mode}`],
        labels[`pod-security.kubernetes.io/${mode}-version`]
      ]
      if (level !== 'restricted') return [`the namespace has the Pod Security level ${show(level)} for ${mode}`]
      return /^v1\.\d+$/.test(String(version)) ? [] : [`the Pod Security version for ${mode} is not pinned`]
    })
  )
}

function podFaults (objects: Json[], deployment: Json): string[] {
  const pod = record(at(deployment, 'spec', 'template', 'spec'))
  const classes = ofKind(objects, 'PriorityClass').map((object) => at(object, 'metadata', 'name'))
  return [
    ...(pod['enableServiceLinks'] === false
      ? []
      : ['the environment contains variables of other Services (enableServiceLinks)']),
    ...(classes.includes(pod['priorityClassName'])
      ? []
      : [`there is no PriorityClass ${show(pod['priorityClassName'])}`]),
    ...list(pod['containers']).flatMap((container) =>
      ['requests', 'limits']
        .filter((kind) => at(container, 'resources', kind, 'ephemeral-storage') === undefined)
        .map((kind) => `ephemeral storage has no ${kind}`)
    ),
    ...list(pod['containers'])
      .map((container) => String(at(container, 'image')))
      .filter((image) => image.includes('/') && !/@sha256:[0-9a-f]{64}$/.test(image))
      .map((image) => `${image} is not named by its digest`)
  ]
}

/** The quota has room for all replicas of the autoscaler and one more during a rollout. */
function quotaFaults (objects: Json[], deployment: Json): string[] {
  const [quota] = ofKind(objects, 'ResourceQuota')
  if (quota === undefined) return ['there is no ResourceQuota']
  const pods = Number(at(ofKind(objects, 'HorizontalPodAutoscaler')[0], 'spec', 'maxReplicas')) + 1
  const [container] = list(at(deployment, 'spec', 'template', 'spec', 'containers'))
  const hard = record(at(quota, 'spec', 'hard'))
  const needed = ['requests', 'limits'].flatMap((kind) =>
    Object.entries(record(at(container, 'resources', kind))).map(([resource, quantity]): [string, number] => [
      `${kind}.${resource}`,
      pods * amount(quantity)
    ])
  )
  return [...needed, ['pods', pods] as const]
    .filter(([name, least]) => hard[name] === undefined || amount(hard[name]) < least)
    .map(([name]) => `the quota of ${name} is too small for ${pods} pods`)
}

const UNITS: Record<string, number> = { '': 1, m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }

function amount (quantity: unknown): number {
  const [, digits, unit = ''] = /^(\d+)([a-zA-Z]*)$/.exec(String(quantity)) ?? []
  return Number(digits) * (UNITS[unit] ?? NaN)
}

function networkFaults (objects: Json[]): string[] {
  const policies = ofKind(objects, 'NetworkPolicy')
  const denies = policies.some(({ spec }) => same(spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }))
  const callers = policies
    .flatMap((policy) => list(at(policy, 'spec', 'ingress')))
    .flatMap((rule) => list(record(rule)['from']))
  const targets = policies.flatMap((policy) => list(at(policy, 'spec', 'egress'))).map(record)
  const stores = targets
    .filter(({ ports }) => list(ports).some((port) => record(port)['port'] === REDIS_PORT))
    .flatMap(({ to }) => list(to))
  return [
    ...(denies ? [] : ['there is no NetworkPolicy that denies by default']),
    ...callers
      .filter((peer) => Object.keys(record(at(peer, 'podSelector', 'matchLabels'))).length === 0)
      .map((peer) => `a NetworkPolicy allows more than the pods of one label: ${show(peer)}`),
    ...stores.flatMap((peer) => storeFaults(policies, record(at(peer, 'podSelector', 'matchLabels')), objects))
  ]
}

/** Redis or Valkey is reachable by the service only. */
function storeFaults (policies: Json[], labels: Json, objects: Json[]): string[] {
  const pods = at(ofKind(objects, 'Deployment')[0], 'spec', 'selector', 'matchLabels')
  const policy = policies.find((candidate) => same(selects(candidate), labels))
  const rules = list(at(policy, 'spec', 'ingress')).map(record)
  const expected = [{ from: [{ podSelector: { matchLabels: pods } }], ports: [{ port: REDIS_PORT, protocol: 'TCP' }] }]
  return same(rules, expected) ? [] : ['Redis is reachable by others than the service']
}
