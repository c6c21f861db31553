import { list, record, same, show, type Json } from '../compatibility/json.js'
import type { Image } from './image.js'

/** What a manifest is held against: the image, the variables that the service knows, and the paths of its API. */
export interface Service {
  image: Image
  settings: ReadonlySet<string>
  paths: ReadonlySet<string>
}

/** One container as configured for Kubernetes or ECS. */
export interface Container {
  environment: Map<string, string>
  ports: number[]
  stopSeconds: number
}

/** Examples contain account ids of AWS's own documentation, and no others. */
const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666', '777788889999', '123456789012']

/** What holds of a container wherever it runs. */
export function containerFaults (
  { environment, ports, stopSeconds }: Container,
  { image, settings }: Service
): string[] {
  const unknown = [...environment.keys()].filter((name) => !settings.has(name))
  const effective = new Map([...image.environment, ...environment])
  const listening = ['PORT', 'METRICS_PORT'].map((name) => Number(effective.get(name)))
  const drainMs = Number(effective.get('DRAIN_DELAY_MS') ?? 0) + Number(effective.get('DRAIN_MS') ?? 10_000)
  return [
    ...unknown.map((name) => `the service knows no variable ${name}`),
    ...(same(listening, image.ports)
      ? []
      : [`the image exposes ${show(image.ports)}, the service listens on ${show(listening)}`]),
    ...(same(listening, ports) ? [] : [`the container has the ports ${show(ports)}, the service listens on ${show(listening)}`]),
    ...(stopSeconds * 1000 > drainMs ? [] : [`it is killed after ${stopSeconds} s, but may drain for ${drainMs} ms`]),
    ...(environment.get('AUTH_MODE') === undefined ? ['AUTH_MODE is not set, so the image does not start'] : [])
  ]
}

/** What an image without a shell, and without a list of users, asks of the last stage. */
export function imageFaults ({ user, entrypoint, healthCheck, inShell }: Image): string[] {
  return [
    ...(/^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : [`its user is ${user}, not two numbers`]),
    ...(entrypoint === '[]' ? [] : [`its entrypoint is ${entrypoint}, and may be a script`]),
    ...(healthCheck.length > 0 ? [] : ['its health check is none, or takes a shell']),
    ...inShell.map((command) => `${command} takes a shell`)
  ]
}

/** Account ids and credentials that are of somebody. */
export function exampleFaults (text: string): string[] {
  const accounts = [...text.matchAll(/(?<![\w-])\d{12}(?![\w-])/g)]
    .map(([id]) => id)
    .filter((id) => !EXAMPLE_ACCOUNTS.includes(id))
  const keys = [...text.matchAll(/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g)].map(([id]) => id)
  return [
    ...accounts.map((id) => `${id} is no account of AWS's documentation`),
    ...keys.map(() => 'an access key stands in an example')
  ]
}

/** What an ECS task definition must fulfil beyond its schema. */
export function taskFaults (task: Json, service: Service): string[] {
  const containers = list(task['containerDefinitions']).map(record)
  const volumes = list(task['volumes']).map((volume) => record(volume)['name'])
  return containers.flatMap((container) => {
    const environment = new Map(
      list(container['environment'])
        .map(record)
        .map(({ name, value }) => [String(name), String(value)])
    )
    const ports = list(container['portMappings']).map((port) => Number(record(port)['containerPort']))
    const [kind, ...command] = list(record(container['healthCheck'])['command'])
    const missing = list(container['mountPoints'])
      .map((mount) => record(mount)['sourceVolume'])
      .filter((name) => !volumes.includes(name))
    return [
      ...containerFaults({ environment, ports, stopSeconds: Number(container['stopTimeout'] ?? 30) }, service),
      ...(kind === 'CMD' && same(command, service.image.healthCheck)
        ? []
        : ['its health check is not that of the image, or takes a shell']),
      ...(container['readonlyRootFilesystem'] === true ? [] : ['its root file system can be written to']),
      ...(/@sha256:[0-9a-f]{64}$/.test(String(container['image']))
        ? []
        : [`${show(container['image'])} is not named by its digest`]),
      ...(container['user'] === service.image.user
        ? []
        : [`it runs as ${container['user'] ?? 'no configured user'}, the image as ${service.image.user}`]),
      ...(same(record(record(container['linuxParameters'])['capabilities']), { drop: ['ALL'] })
        ? []
        : ['it keeps capabilities']),
      ...missing.map((name) => `there is no volume ${name}`),
      ...notMounted(
        environment,
        list(container['mountPoints']).map((mount) => record(mount)['containerPath'])
      )
    ]
  })
}

const FILES = ['ACCESS_TABLE', 'TLS_CERT_FILE', 'TLS_KEY_FILE', 'TLS_CLIENT_CA_FILE']

/** The variables whose files lie in none of the folders that are mounted. */
export function notMounted (environment: Map<string, string>, folders: unknown[]): string[] {
  return FILES.filter((name) => {
    const path = environment.get(name)
    return path !== undefined && !folders.some((folder) => path.startsWith(`${String(folder)}/`))
  }).map((name) => `${name} is not mounted`)
}
