import { list, record, same, show, type Json } from '../compatibility/json.js'
import { isolationFaults } from './isolation.js'
import { containerFaults, notMounted, type Service } from './promises.js'

const at = (value: unknown, ...path: string[]): unknown => path.reduce((inner, member) => record(inner)[member], value)
const nameOf = (object: Json): unknown => at(object, 'metadata', 'name')

/** What the objects of a cluster promise each other and the service, beyond their schemas. */
export function clusterFaults (objects: Json[], service: Service): string[] {
  const of = (kind: string): Json[] => objects.filter((object) => object['kind'] === kind)
  const missing = [
    'Namespace',
    'ServiceAccount',
    'Deployment',
    'Service',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
    'NetworkPolicy',
    'ConfigMap',
    'PriorityClass',
    'ResourceQuota'
  ]
    .filter((kind) => of(kind).length === 0)
    .map((kind) => `there is no ${kind}`)
  return [
    ...missing,
    ...isolationFaults(objects),
    ...of('Deployment').flatMap((deployment) => {
      const pod = at(deployment, 'spec', 'template')
      return [
        ...podFaults(record(at(pod, 'spec')), objects, service),
        ...selectorFaults(ownObjects(objects, nameOf(deployment)), at(pod, 'metadata', 'labels')),
        ...portFaults(
          ownObjects(objects, nameOf(deployment)),
          list(at(pod, 'spec', 'containers'))
            .flatMap((container) => list(record(container)['ports']))
            .map(record)
        ),
        ...of('HorizontalPodAutoscaler')
          .filter((scaler) => at(scaler, 'spec', 'scaleTargetRef', 'name') !== nameOf(deployment))
          .map(() => 'the autoscaler scales nothing')
      ]
    })
  ]
}

/** Without the NetworkPolicies of other pods. */
const ownObjects = (objects: Json[], name: unknown): Json[] =>
  objects.filter((object) => object['kind'] !== 'NetworkPolicy' || nameOf(object) === name)

function podFaults (pod: Json, objects: Json[], service: Service): string[] {
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(nameOf)
  const volumes = list(pod['volumes']).map(record)
  const maps = new Map(
    objects.filter(({ kind }) => kind === 'ConfigMap').map((map) => [nameOf(map), record(map['data'])])
  )
  return [
    ...(accounts.includes(pod['serviceAccountName'])
      ? []
      : [`there is no ServiceAccount ${show(pod['serviceAccountName'])}`]),
    ...volumes
      .filter(({ configMap, secret }) => secret === undefined && !maps.has(at(configMap, 'name')))
      .map(({ name }) => `the volume ${name} has no ConfigMap`),
    ...(at(pod, 'securityContext', 'runAsNonRoot') === true ? [] : ['it may run as root']),
    ...(userOf(pod) === service.image.user ? [] : [`it runs as ${userOf(pod)}, the image as ${service.image.user}`]),
    ...(at(pod, 'securityContext', 'seccompProfile', 'type') === 'RuntimeDefault' ? [] : ['it has no seccomp profile']),
    ...list(pod['containers'])
      .map(record)
      .flatMap((container) => {
        const sources = list(container['envFrom']).flatMap((source) => at(source, 'configMapRef', 'name') ?? [])
        const environment = new Map(
          sources.flatMap((name) => Object.entries(maps.get(name) ?? {})).map(([name, value]) => [name, String(value)])
        )
        const ports = list(container['ports']).map((port) => Number(at(port, 'containerPort')))
        const folders = list(container['volumeMounts']).map(record)
        return [
          ...sources.filter((name) => !maps.has(name)).map((name) => `there is no ConfigMap ${name}`),
          ...containerFaults(
            { environment, ports, stopSeconds: Number(pod['terminationGracePeriodSeconds'] ?? 30) },
            service
          ),
          ...probeFaults(container, service, environment.has('TLS_CERT_FILE') ? 'HTTPS' : 'HTTP'),
          ...hardeningFaults(record(container['securityContext'])),
          ...notMounted(
            environment,
            folders.map(({ mountPath }) => mountPath)
          ),
          ...folders
            .filter(({ name }) => !volumes.some((volume) => volume['name'] === name))
            .map(({ name }) => `there is no volume ${name}`),
          ...folders
            .filter(({ subPath }) => subPath !== undefined)
            .map(({ name }) => `${name} is mounted by subPath, and never renewed`)
        ]
      })
  ]
}

const userOf = (pod: Json): string =>
  `${at(pod, 'securityContext', 'runAsUser')}:${at(pod, 'securityContext', 'runAsGroup')}`

function probeFaults (container: Json, { paths }: Service, expectedScheme: string): string[] {
  const expected = { startupProbe: '/readyz', readinessProbe: '/readyz', livenessProbe: '/livez' }
  return Object.entries(expected).flatMap(([name, path]) => {
    const { path: probed, port, scheme = 'HTTP' } = record(at(container, name, 'httpGet'))
    if (scheme !== expectedScheme) return [`${name} speaks ${show(scheme)}, the service ${expectedScheme}`]
    if (probed !== path || !paths.has(path)) return [`${name} asks ${show(probed)}, not ${path} of the API`]
    return port === 'http' ? [] : [`${name} asks the port ${show(port)}`]
  })
}

function hardeningFaults (security: Json): string[] {
  return [
    ...(security['readOnlyRootFilesystem'] === true ? [] : ['its root file system can be written to']),
    ...(security['allowPrivilegeEscalation'] === false ? [] : ['it may gain privileges']),
    ...(same(security['capabilities'], { drop: ['ALL'] }) ? [] : ['it keeps capabilities'])
  ]
}

/** Every selector meets the pods. */
function selectorFaults (objects: Json[], labels: unknown): string[] {
  const selectors: Array<[string, unknown]> = objects.flatMap((object): Array<[string, unknown]> => {
    const spec = record(object['spec'])
    switch (object['kind']) {
      case 'Service':
        return [['Service', spec['selector']]]
      case 'Deployment':
      case 'PodDisruptionBudget':
        return [[object['kind'], at(spec, 'selector', 'matchLabels')]]
      case 'NetworkPolicy':
        return [['NetworkPolicy', at(spec, 'podSelector', 'matchLabels')]]
      default:
        return []
    }
  })
  return selectors
    .filter(([, selector]) => {
      const wanted = Object.entries(record(selector))
      return wanted.length === 0 || wanted.some(([name, value]) => record(labels)[name] !== value)
    })
    .map(([kind]) => `the ${kind} selects other pods`)
}

/**
 * Ports that Service and NetworkPolicy name, as the Amazon VPC CNI wants them too: numbers in the policy, and that of
 * the pod in the Service. The gateway reaches the API alone, the monitoring the metrics alone.
 */
function portFaults (objects: Json[], ports: Json[]): string[] {
  const names = ports.map(({ name }) => name)
  const numbers = new Map(ports.map(({ name, containerPort }) => [name, containerPort]))
  const served = objects
    .filter(({ kind }) => kind === 'Service')
    .flatMap((object) => list(at(object, 'spec', 'ports')))
    .map(record)
  const ingress = objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .flatMap((policy) => list(at(policy, 'spec', 'ingress')))
    .map(record)
  const open = ingress.filter(({ from, ports }) => list(from).length === 0 || list(ports).length !== 1)
  return [
    ...(same(names, ['http', 'metrics']) ? [] : [`the ports are ${show(names)}`]),
    ...served
      .filter(({ targetPort }) => !numbers.has(targetPort))
      .map(({ targetPort }) => `there is no port ${show(targetPort)}`),
    ...served
      .filter(({ port, targetPort }) => numbers.has(targetPort) && numbers.get(targetPort) !== port)
      .map(({ port }) => `the Service has the port ${show(port)}, the pods have another`),
    ...ingress
      .flatMap((rule) => list(rule['ports']))
      .map((port) => record(port)['port'])
      .filter((port) => ![...numbers.values()].includes(port))
      .map((port) => `the NetworkPolicy allows ${show(port)}, which is no port number`),
    ...open.map(() => 'the NetworkPolicy allows every source, or every port')
  ]
}
