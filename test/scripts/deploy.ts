import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import t from 'tap'
import { isRecord, list, record, same, type Json } from '../../scripts/compatibility/json.js'
import { clusterFaults } from '../../scripts/deploy/cluster.js'
import { imageOf } from '../../scripts/deploy/image.js'
import { buildKustomization } from '../../scripts/deploy/kustomize.js'
import { exampleFaults, imageFaults, taskFaults, type Service } from '../../scripts/deploy/promises.js'
import { confusedDeputyFaults, gatewayFaults, policyFaults, roleFaults } from '../../scripts/deploy/references.js'
import { kubernetesManifest, schemaFaults, taskDefinition } from '../../scripts/deploy/schemas.js'
import { knownSettings } from '../../scripts/deploy/settings.js'

const PRODUCTION = 'deploy/kubernetes/overlays/production'
const objects = await buildKustomization(PRODUCTION)
const task = record(JSON.parse(await readFile('deploy/ecs/task-definition.json', 'utf8')))
const policies = new Map<string, unknown>(
  await Promise.all(
    (await readdir('deploy/iam')).map(
      async (name) => [name, JSON.parse(await readFile(join('deploy/iam', name), 'utf8'))] as const
    )
  )
)
const gateway = await readFile('deploy/gateway/nginx.conf', 'utf8')
const dockerfile = await readFile('Dockerfile', 'utf8')
const service: Service = {
  image: imageOf(dockerfile),
  settings: await knownSettings(),
  paths: new Set(['/livez', '/readyz'])
}

/**
 * A copy with the value at a path replaced, or taken out. Steps are divided by spaces; `kind=X` and `name=x` choose
 * in a list.
 */
function changed<T extends Json | Json[]> (original: T, path: string, value?: unknown): T {
  const copy = structuredClone(original)
  const steps = path.split(' ')
  const last = steps.pop() ?? ''
  const holder = steps.reduce<unknown>(
    (inner, step) => (step.includes('=') ? chosen(inner, step) : (record(inner)[step] ?? list(inner)[Number(step)])),
    copy
  )
  if (!isRecord(holder) && !Array.isArray(holder)) throw new Error(`nothing at ${path}`)
  if (value === undefined) Reflect.deleteProperty(holder, last)
  else Reflect.set(holder, last, value)
  return copy
}

const chosen = (inner: unknown, step: string): unknown => {
  const [member = '', wanted] = step.split('=')
  return list(inner).find((entry) => record(entry)[member] === wanted)
}

const CONTAINER = 'kind=Deployment spec template spec containers name=service'
const namedPolicy = (name: string): string =>
  String(objects.findIndex(({ kind, metadata }) => kind === 'NetworkPolicy' && record(metadata)['name'] === name))
const POLICY = namedPolicy('personalize-kms-policy-service')
const SETTINGS = objects.findIndex(
  ({ kind, metadata }) => kind === 'ConfigMap' && record(metadata)['name'] === 'settings'
)

t.test('what is in deploy/ has no fault', async (t) => {
  t.same(schemaFaults([...objects.map(kubernetesManifest), taskDefinition(task)]), [])
  t.same(clusterFaults(objects, service), [])
  t.same(taskFaults(task, service), [])
  t.same(imageFaults(service.image), [])
  t.same(policyFaults(policies), [])
  t.same(confusedDeputyFaults(policies), [])
  t.same(roleFaults(policies, objects, task), [])
  t.same(gatewayFaults(gateway, objects), [])
})

t.test('the schemas refuse what neither Kubernetes nor ECS knows', async (t) => {
  const wrong: Array<[string, unknown, RegExp]> = [
    [`${CONTAINER} livenesProbe`, { httpGet: { path: '/livez', port: 'http' } }, /livenesProbe/],
    ['kind=Deployment spec replica', 2, /replica/],
    ['kind=Deployment spec selector', undefined, /selector/],
    [`${CONTAINER} imagePullPolicy`, 'Sometimes', /imagePullPolicy/],
    [`${CONTAINER} resources limits memory`, '384Mb', /memory/],
    [`${CONTAINER} readinessProbe periodSeconds`, '2', /periodSeconds/],
    ['kind=HorizontalPodAutoscaler apiVersion', 'autoscaling/v9', /autoscaling\/v9/],
    ['kind=HorizontalPodAutoscaler spec maxReplicas', undefined, /maxReplicas/],
    ['kind=PodDisruptionBudget spec minAvailible', 1, /minAvailible/],
    ['kind=NetworkPolicy spec policyTypes', 'Ingress', /policyTypes/]
  ]
  const wrongTasks: Array<[string, unknown, RegExp]> = [
    ['containerDefinition', [], /containerDefinition/],
    ['networkMode', 'vpc', /vpc/],
    ['cpu', 512, /string/],
    ['containerDefinitions 0 readOnlyRootFilesystem', true, /readOnlyRootFilesystem/],
    ['containerDefinitions 0 logConfiguration logDriver', 'cloudwatch', /cloudwatch/]
  ]
  // One compilation for all of them, each under its path.
  const manifests = [
    ...wrong.flatMap(([path, value]) =>
      changed(objects, path, value)
        .filter((object, index) => !same(object, objects[index]))
        .map((object) => ({ ...kubernetesManifest(object), name: path }))
    ),
    ...wrongTasks.map(([path, value]) => ({ ...taskDefinition(changed(task, path, value)), name: path }))
  ]
  t.equal(manifests.length, wrong.length + wrongTasks.length)
  const faults = schemaFaults(manifests)
  for (const [path, , expected] of [...wrong, ...wrongTasks])
    t.match(
      faults
        .filter((fault) => fault.startsWith(`${path}: `))
        .map((fault) => fault.slice(path.length))
        .join(),
      expected,
      path
    )
})

t.test('what the objects promise each other, the image and the service is held', async (t) => {
  const wrong: Array<[string, unknown, RegExp]> = [
    [`${SETTINGS} data DRAIN_MILLIS`, '1000', /no variable DRAIN_MILLIS/],
    [`${SETTINGS} data AUTH_MODE`, undefined, /AUTH_MODE is not set/],
    [`${SETTINGS} data DRAIN_MS`, '60000', /killed after 45 s, but may drain for 65000 ms/],
    [`${SETTINGS} data PORT`, '8080', /listens on \[8080,9464\]/],
    [`${SETTINGS} data ACCESS_TABLE`, '/etc/elsewhere/access.json', /ACCESS_TABLE is not mounted/],
    [`${SETTINGS} metadata name`, 'other', /no ConfigMap settings/],
    ['kind=Deployment spec template spec terminationGracePeriodSeconds', 35, /killed after 35 s/],
    ['kind=Deployment spec template spec terminationGracePeriodSeconds', undefined, /killed after 30 s/],
    ['kind=Deployment spec template spec serviceAccountName', 'default', /no ServiceAccount "default"/],
    ['kind=Deployment spec template spec securityContext runAsNonRoot', false, /run as root/],
    [
      'kind=Deployment spec template spec securityContext runAsUser',
      65532,
      /runs as 65532:1000, the image as 1000:1000/
    ],
    ['kind=Deployment spec template spec securityContext seccompProfile', undefined, /seccomp/],
    ['kind=Deployment spec template spec volumes 0 configMap name', 'table', /has no ConfigMap/],
    [
      'kind=Deployment spec template metadata labels',
      { app: 'service' },
      /Deployment selects other pods.*Service selects|Service selects.*Deployment selects/
    ],
    [`${CONTAINER} ports 0 containerPort`, 8080, /container has the ports \[8080,9464\]/],
    [`${CONTAINER} ports 0 name`, 'web', /no port "http"/],
    [`${CONTAINER} livenessProbe httpGet path`, '/healthz', /livenessProbe asks "\/healthz"/],
    [`${CONTAINER} startupProbe`, undefined, /startupProbe/],
    [`${CONTAINER} readinessProbe httpGet port`, 'metrics', /readinessProbe asks the port "metrics"/],
    [`${CONTAINER} securityContext readOnlyRootFilesystem`, false, /written to/],
    [`${CONTAINER} securityContext allowPrivilegeEscalation`, undefined, /privileges/],
    [`${CONTAINER} securityContext capabilities`, { drop: ['NET_RAW'] }, /capabilities/],
    [`${CONTAINER} volumeMounts 0 subPath`, 'access.json', /never renewed/],
    [`${CONTAINER} volumeMounts 0 name`, 'table', /no volume table/],
    ['kind=Service spec ports 0 targetPort', 'web', /no port "web"/],
    ['kind=Service spec ports 0 port', 80, /Service has the port 80/],
    ['kind=Service spec selector', {}, /Service selects other pods/],
    ['kind=HorizontalPodAutoscaler spec scaleTargetRef name', 'other', /scales nothing/],
    ['kind=PodDisruptionBudget spec selector matchLabels', { app: 'other' }, /PodDisruptionBudget selects/],
    [`${POLICY} spec ingress 0 from`, undefined, /allows every source/],
    [`${POLICY} spec ingress 0 ports`, undefined, /allows every source/],
    [`${POLICY} spec ingress 0 ports 0 port`, 'http', /allows "http"/]
  ]
  for (const [path, value, expected] of wrong)
    t.match(clusterFaults(changed(objects, path, value), service).join('; '), expected, path)
  t.match(clusterFaults(objects, { ...service, paths: new Set(['/readyz']) }).join(), /livenessProbe/)
})

t.test('isolation: each guarantee of the namespace is checked', async (t) => {
  const pod = 'kind=Deployment spec template spec'
  const labels = 'kind=Namespace metadata labels'
  const wrong: Array<[string, unknown, RegExp]> = [
    [`${pod} enableServiceLinks`, undefined, /enableServiceLinks/],
    [`${pod} priorityClassName`, 'high', /no PriorityClass "high"/],
    [`${CONTAINER} resources limits ephemeral-storage`, undefined, /ephemeral storage has no limits/],
    [`${CONTAINER} resources requests ephemeral-storage`, undefined, /ephemeral storage has no requests/],
    [`${CONTAINER} image`, 'registry.example.com/personalize-kms-policy-service:0.1.0', /not named by its digest/],
    [`${labels} pod-security.kubernetes.io/enforce`, 'baseline', /level "baseline" for enforce/],
    [`${labels} pod-security.kubernetes.io/audit`, undefined, /for audit/],
    [`${labels} pod-security.kubernetes.io/warn-version`, 'latest', /version for warn is not pinned/],
    ['kind=ResourceQuota kind', 'Quota', /no ResourceQuota/],
    ['kind=ResourceQuota spec hard pods', '4', /quota of pods is too small for 13 pods/],
    ['kind=ResourceQuota spec hard limits.memory', '2Gi', /quota of limits.memory is too small/],
    ['kind=HorizontalPodAutoscaler spec maxReplicas', 100, /quota of requests.cpu is too small for 101 pods/],
    [`${namedPolicy('default-deny')} spec podSelector`, { matchLabels: { app: 'service' } }, /denies by default/],
    [`${namedPolicy('default-deny')} spec policyTypes`, ['Ingress'], /denies by default/],
    [`${namedPolicy('default-deny')} spec ingress`, [{}], /denies by default/],
    [`${POLICY} spec ingress 0 from 0 podSelector`, undefined, /more than the pods of one label/],
    [`${namedPolicy('valkey')} spec ingress 0 from`, [{ podSelector: {} }], /Redis is reachable by others/],
    [`${namedPolicy('valkey')} spec podSelector matchLabels`, { app: 'other' }, /Redis is reachable by others/]
  ]
  for (const [path, value, expected] of wrong)
    t.match(clusterFaults(changed(objects, path, value), service).join('; '), expected, path)
})

t.test('overlays: VPC endpoints narrow HTTPS to their subnets', async (t) => {
  const narrowed = await buildKustomization('deploy/kubernetes/overlays/vpc-endpoints')
  t.same(clusterFaults(narrowed, service), [])
  const egress = list(record(record(narrowed[Number(POLICY)])['spec'])['egress']).map(record)
  const https = egress
    .filter(({ ports }) => list(ports).some((port) => record(port)['port'] === 443))
    .flatMap(({ to }) => list(to))
  t.same(https, [{ ipBlock: { cidr: '10.0.10.0/28' } }, { ipBlock: { cidr: '10.0.11.0/28' } }])
})

t.test('overlays: TLS, its files are mounted and the probes speak HTTPS', async (t) => {
  const secured = await buildKustomization('deploy/kubernetes/overlays/tls')
  t.same(clusterFaults(secured, service), [])
  const wrong: Array<[string, unknown, RegExp]> = [
    [`${CONTAINER} livenessProbe httpGet scheme`, undefined, /livenessProbe speaks "HTTP", the service HTTPS/],
    [`${CONTAINER} volumeMounts name=tls mountPath`, '/elsewhere', /TLS_CERT_FILE is not mounted.*TLS_CLIENT_CA_FILE/],
    [`${SETTINGS} data TLS_CERT_FILE`, undefined, /startupProbe speaks "HTTPS", the service HTTP/]
  ]
  for (const [path, value, expected] of wrong)
    t.match(clusterFaults(changed(secured, path, value), service).join('; '), expected, path)
})

t.test('ECS task definition: one wrong value each, is reported', async (t) => {
  const wrong: Array<[string, unknown, RegExp]> = [
    ['environment 0 name', 'AUTH_MODUS', /no variable AUTH_MODUS/],
    ['environment name=DRAIN_MS value', '90000', /may drain for 100000 ms/],
    ['stopTimeout', undefined, /killed after 30 s/],
    ['portMappings', [{ containerPort: 3000 }], /container has the ports \[3000\]/],
    ['healthCheck command 0', 'CMD-SHELL', /takes a shell/],
    ['healthCheck command 1', 'curl', /not that of the image/],
    ['readonlyRootFilesystem', false, /written to/],
    ['image', 'registry.example.com/service:0.1.0', /not named by its digest/],
    ['user', 'root', /runs as root/],
    ['user', undefined, /runs as no configured user, the image as 1000:1000/],
    ['linuxParameters', undefined, /capabilities/],
    ['mountPoints 0 sourceVolume', 'table', /no volume table/],
    ['mountPoints', [], /ACCESS_TABLE is not mounted/]
  ]
  for (const [path, value, expected] of wrong)
    t.match(taskFaults(changed(task, `containerDefinitions 0 ${path}`, value), service).join('; '), expected, path)
})

t.test('the image runs where there is neither a shell nor a list of users', async (t) => {
  const wrong: Array<[string, string, RegExp]> = [
    ['USER 1000:1000', 'USER node', /its user is node/],
    ['USER 1000:1000\n', '', /its user is root/],
    ['ENTRYPOINT []\n', '', /that of the base/],
    ['USER 1000:1000', 'RUN chmod 755 dist\nUSER 1000:1000', /chmod 755 dist takes a shell/],
    ['CMD ["node", "-e", ', 'CMD node -e ', /health check is none/],
    ['CMD ["node", "dist', 'CMD node "dist', /dist\/src\/server.js"\] takes a shell/]
  ]
  for (const [from, to, expected] of wrong)
    t.match(imageFaults(imageOf(dockerfile.replace(from, to))).join('; '), expected, to)
})

t.test('the policies of the roles, the task, the cluster and the gateway name one another', async (t) => {
  const wrong: Array<[string, string, unknown, RegExp]> = [
    ['trust-eks.json', 'Principal', undefined, /trust policy has a Principal/],
    ['trust-reader.json', 'Resource', '*', /no Resource/],
    ['trust-reader.json', 'Action', 'AssumeRole', /trust-reader.json\/Statement\/0\/Action/],
    ['ecs-access-table.json', 'Resource', undefined, /permissions policy has a Resource/],
    ['ecs-access-table.json', 'Resorce', '*', /unknown statement element Resorce/],
    [
      'ecs-access-table.json',
      'Resource',
      'arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1',
      /file system of ecs-access-table.json is "fs-1"/
    ],
    ['ecs-access-table.json', 'Condition', undefined, /access point/],
    [
      'trust-eks.json',
      'Condition',
      { StringEquals: { 'example:sub': 'system:serviceaccount:default:service' } },
      /subject of trust-eks.json is "system:serviceaccount:default:service"/
    ],
    ['trust-reader.json', 'Principal', { AWS: 'arn:aws:iam::111122223333:root' }, /principal of trust-reader.json/],
    ['trust-reader.json', 'Condition', undefined, /external id of ASSUME_ROLES/],
    ['trust-ecs-execution.json', 'Condition', undefined, /does not name the account and the source/],
    ['trust-ecs-task.json', 'Condition ArnLike', undefined, /does not name the account and the source/]
  ]
  for (const [name, member, value, expected] of wrong) {
    const spoiled = new Map(policies).set(name, changed(record(policies.get(name)), `Statement 0 ${member}`, value))
    t.match(
      [...policyFaults(spoiled), ...confusedDeputyFaults(spoiled), ...roleFaults(spoiled, objects, task)].join('; '),
      expected,
      `${name} ${member}`
    )
  }
  t.match(
    roleFaults(policies, changed(objects, 'kind=ServiceAccount metadata annotations'), task).join(),
    /role of the ServiceAccount is none/
  )
  const wrongGateways: Array<[string, string, RegExp]> = [
    ['.personalize-kms-policy.svc.cluster.local', '', /svc.cluster.local:3000 max_fails=0;", or not twice/],
    ['server_tokens off;', '', /no "server_tokens off;"/],
    ['absolute_redirect off;', '', /no "absolute_redirect off;"/],
    ['proxy_set_header X-Caller $caller;', '', /no "proxy_set_header X-Caller/],
    ['"code":"FORBIDDEN"', '"code":"REFUSED"', /document for 403 is not one of the service/],
    ['"status":413', '"status":400', /document for 413/]
  ]
  for (const [from, to, expected] of wrongGateways)
    t.match(gatewayFaults(gateway.replace(from, to), objects).join('; '), expected, from)
})

t.test('examples: account ids and keys of real owners, are reported', async (t) => {
  t.same(
    exampleFaults(
      'arn:aws:iam::111122223333:role/a arn:aws:kms:us-east-1:444455556666:key/12345678-1234-1234-1234-123456789012'
    ),
    []
  )
  t.equal(exampleFaults('arn:aws:iam::098765432109:role/a').length, 1)
  t.equal(exampleFaults(`${'AKIA'}ABCDEFGHIJKLMNOP`).length, 1)
})

t.test('a kustomization whose references lead nowhere is refused', async (t) => {
  const folder = join(t.testdir({}), 'kubernetes')
  const fresh = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true })
    await cp('deploy/kubernetes', folder, { recursive: true })
  }
  const replace = async (path: string, from: string, to: string): Promise<void> => {
    const text = await readFile(join(folder, path), 'utf8')
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
    await writeFile(join(folder, path), text.replace(from, to))
  }
  const overlay = 'overlays/production/kustomization.yaml'
  const wrong: Array<() => Promise<void>> = [
    () => rm(join(folder, 'base/service.yaml')),
    () => rm(join(folder, 'base/settings.env')),
    () => rm(join(folder, 'overlays/production/access.json')),
    () => replace(overlay, '../../base', '../../bases'),
    () => replace(overlay, 'kind: NetworkPolicy', 'kind: NetworkPolicies'),
    () => replace(overlay, 'name: settings', 'name: setting'),
    () => replace(overlay, 'images:\n  - name: personalize', 'images:\n  - name: impersonalize'),
    () => replace(overlay, 'patches:', 'patchesStrategicMerge:'),
    () => replace('overlays/production/networkpolicy.json', '/spec/egress/-', '/spec/egresses/-'),
    () => replace('overlays/production/settings.env', 'TRUST_PROXY=', 'TRUST_PROXY:'),
    () => replace('base/deployment.yaml', 'containers:', 'containers: [')
  ]
  await fresh()
  t.same(await buildKustomization(join(folder, 'overlays/production')), objects)
  for (const [index, spoil] of wrong.entries()) {
    await fresh()
    await spoil()
    await t.rejects(buildKustomization(join(folder, 'overlays/production')), `wrong ${index}`)
  }
})

t.test('the service starts with what each manifest sets', async (t) => {
  const container = record(list(task['containerDefinitions'])[0])
  const ofTask = Object.fromEntries(
    list(container['environment'])
      .map(record)
      .map(({ name, value }) => [name, value])
  )
  for (const environment of [record(record(objects[SETTINGS])['data']), ofTask]) {
    const settings = {
      ...environment,
      ACCESS_TABLE: join(PRODUCTION, 'access.json'),
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: ''
    }
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
      env: { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true', ...settings },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    t.teardown(() => child.kill('SIGKILL'))
    let output = ''
    const listening = new Promise<boolean>((resolve) => {
      child.once('exit', () => {
        resolve(false)
      })
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += String(chunk)
          if (/listening at http:/i.test(output)) resolve(true)
        })
    })
    t.ok(await listening, output)
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
})
