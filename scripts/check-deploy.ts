import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { parseAllDocuments } from 'yaml'
import { record, same, type Json } from './compatibility/json.js'
import { clusterFaults } from './deploy/cluster.js'
import { imageOf } from './deploy/image.js'
import { buildKustomization } from './deploy/kustomize.js'
import { exampleFaults, imageFaults, taskFaults, type Service } from './deploy/promises.js'
import { confusedDeputyFaults, gatewayFaults, policyFaults, roleFaults } from './deploy/references.js'
import { kubernetesManifest, schemaFaults, taskDefinition } from './deploy/schemas.js'
import { knownSettings } from './deploy/settings.js'

/**
 * Holds everything in `deploy/` against the schemas of Kubernetes and ECS, the grammar of policies, the image, the
 * configuration and the API of the service, and each of its parts against what the others say of it. Where there is a
 * `kubectl`, it builds the kustomizations too, and both have to agree.
 */
const KUBERNETES = 'deploy/kubernetes'
const OVERLAYS = `${KUBERNETES}/overlays`
const TASK = 'deploy/ecs/task-definition.json'
const GATEWAY = 'deploy/gateway/nginx.conf'
const POLICIES = 'deploy/iam'
/** The example that is filled in: the policies name its role and its namespace. */
const FILLED_IN = `${OVERLAYS}/production`

const service: Service = {
  image: imageOf(await readFile('Dockerfile', 'utf8')),
  settings: await knownSettings(),
  paths: new Set(Object.keys(record(record(JSON.parse(await readFile('openapi/openapi.json', 'utf8')))['paths'])))
}
const folders = [`${KUBERNETES}/base`, ...(await readdir(OVERLAYS)).map((name) => `${OVERLAYS}/${name}`)]
const clusters = await Promise.all(
  folders.map(async (folder) => ({ folder, objects: await buildKustomization(folder) }))
)
const task = record(JSON.parse(await readFile(TASK, 'utf8')))
const gateway = await readFile(GATEWAY, 'utf8')
const policies = new Map<string, unknown>(
  await Promise.all(
    (await readdir(POLICIES)).map(
      async (name) => [name, JSON.parse(await readFile(join(POLICIES, name), 'utf8'))] as const
    )
  )
)
const filledIn = clusters.find(({ folder }) => folder === FILLED_IN)?.objects ?? []

const faults = [
  ...schemaFaults([...clusters.flatMap(({ objects }) => objects.map(kubernetesManifest)), taskDefinition(task)]),
  ...clusters.flatMap(({ folder, objects }) =>
    [...clusterFaults(objects, service), ...kubectlFaults(folder, objects)].map((fault) => `${folder}: ${fault}`)
  ),
  ...imageFaults(service.image).map((fault) => `Dockerfile: ${fault}`),
  ...taskFaults(task, service).map((fault) => `${TASK}: ${fault}`),
  ...[...policyFaults(policies), ...confusedDeputyFaults(policies), ...roleFaults(policies, filledIn, task)].map((fault) => `${POLICIES}: ${fault}`),
  ...gatewayFaults(gateway, filledIn).map((fault) => `${GATEWAY}: ${fault}`),
  ...(await filesOf('deploy')).flatMap(({ path, text }) => exampleFaults(text).map((fault) => `${path}: ${fault}`))
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else
  console.log(
    `deploy: ${clusters.map(({ folder, objects }) => `${objects.length} objects in ${folder}`).join(', ')}, ${policies.size} policies, ${TASK} and ${GATEWAY}`
  )

/** The real kustomize against ours; the hashes in the names of ConfigMaps are its own. */
function kubectlFaults (folder: string, objects: Json[]): string[] {
  const { stdout, stderr, status, error } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' })
  if (error !== undefined) {
    console.log(`kubectl kustomize ${folder}: not available here`)
    return []
  }
  if (status !== 0) return [stderr]
  const named = (built: unknown): Map<string, unknown> =>
    new Map(
      [built]
        .flat()
        .map(record)
        .map((object) => [`${object['kind']} ${record(object['metadata'])['name']}`, object])
    )
  const built = named(
    parseAllDocuments(stdout.replace(/\b(settings)-[0-9a-z]{10}\b/g, '$1')).map((document) => document.toJS())
  )
  return same(built, named(objects)) ? [] : ['kubectl kustomize builds something else']
}

async function filesOf (folder: string): Promise<Array<{ path: string; text: string }>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => ({
        path: join(parentPath, name),
        text: await readFile(join(parentPath, name), 'utf8')
      }))
  )
}
