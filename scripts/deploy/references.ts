import { isRecord, list, record, show, type Json } from '../compatibility/json.js'
import { isErrorCode } from '../../src/errors.js'
import { compilePolicy } from '../../src/iam/document/policy-document.js'

/** The policy documents of `deploy/iam/`, by the name of their file. */
export type Documents = ReadonlyMap<string, unknown>

const at = (value: unknown, ...path: string[]): unknown => path.reduce((inner, member) => record(inner)[member], value)
const differs = (what: string, said: unknown, meant: unknown): string[] =>
  said === meant ? [] : [`${what} is ${show(said)}, not ${show(meant)}`]

/**
 * Policy documents that IAM would refuse, by the service's own reader of them: a trust policy has principals, the
 * others have resources.
 */
export function policyFaults (documents: Documents): string[] {
  return [...documents].flatMap(([name, document]) => {
    const { statements, unsupported } = compilePolicy(name, document)
    const trusts = name.startsWith('trust-')
    const misplaced = statements.filter(({ principals, resources }) =>
      trusts ? principals === undefined || resources !== undefined : principals !== undefined || resources === undefined
    )
    return [
      ...unsupported.map(({ pointer, what }) => `${name}${pointer}: ${what}`),
      ...misplaced.map(
        ({ pointer }) =>
          `${name}${pointer}: ${trusts ? 'a trust policy has a Principal and no Resource' : 'a permissions policy has a Resource and no Principal'}`
      )
    ]
  })
}

/** What the policies say of the cluster and of the task. */
export function roleFaults (documents: Documents, objects: Json[], task: Json): string[] {
  const statement = (name: string): unknown => list(at(documents.get(name), 'Statement'))[0]
  const account = objects.find(({ kind }) => kind === 'ServiceAccount')
  const settings = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && record(metadata)['name'] === 'settings')
  const readers = Object.values(record(JSON.parse(String(at(settings, 'data', 'ASSUME_ROLES') ?? '{}'))))
  const subjects = Object.entries(record(at(statement('trust-eks.json'), 'Condition', 'StringEquals')))
    .filter(([key]) => key.endsWith(':sub'))
    .map(([, value]) => value)
  const [volume] = list(task['volumes'])
  const table = statement('ecs-access-table.json')
  const role = task['taskRoleArn']
  return [
    ...differs(
      'the subject of trust-eks.json',
      subjects[0],
      `system:serviceaccount:${at(account, 'metadata', 'namespace')}:${at(account, 'metadata', 'name')}`
    ),
    ...differs(
      'the role of the ServiceAccount',
      at(account, 'metadata', 'annotations', 'eks.amazonaws.com/role-arn'),
      role
    ),
    ...differs('the principal of trust-reader.json', at(statement('trust-reader.json'), 'Principal', 'AWS'), role),
    ...readers.flatMap((reader) =>
      differs(
        'the external id of ASSUME_ROLES',
        at(reader, 'externalId'),
        at(statement('trust-reader.json'), 'Condition', 'StringEquals', 'sts:ExternalId')
      )
    ),
    ...differs(
      'the file system of ecs-access-table.json',
      lastPart(at(table, 'Resource')),
      at(volume, 'efsVolumeConfiguration', 'fileSystemId')
    ),
    ...differs(
      'the access point of ecs-access-table.json',
      lastPart(at(table, 'Condition', 'StringEquals', 'elasticfilesystem:AccessPointArn')),
      at(volume, 'efsVolumeConfiguration', 'authorizationConfig', 'accessPointId')
    )
  ]
}

const lastPart = (arn: unknown): string | undefined => String(arn).split('/').at(-1)

/** Tasks of other accounts or clusters must not get a role: both conditions on every trust policy for ECS. */
export function confusedDeputyFaults (documents: Documents): string[] {
  return [...documents].flatMap(([name, document]) =>
    list(at(document, 'Statement')).flatMap((statement) => {
      if (at(statement, 'Principal', 'Service') !== 'ecs-tasks.amazonaws.com') return []
      const account = at(statement, 'Condition', 'StringEquals', 'aws:SourceAccount')
      const source = at(statement, 'Condition', 'ArnLike', 'aws:SourceArn')
      return typeof account === 'string' && typeof source === 'string'
        ? []
        : [`${name} does not name the account and the source of the tasks`]
    })
  )
}

/** What the gateway has to contain so that clients cannot name a caller, and a lost replica is retried. */
const DIRECTIVES = [
  'server_tokens off;',
  'absolute_redirect off;',
  'proxy_next_upstream error timeout non_idempotent;',
  'limit_req_status 429;',
  'ssl_protocols TLSv1.2 TLSv1.3;',
  'proxy_set_header X-Caller $caller;',
  'proxy_set_header X-Scopes $scopes;',
  'proxy_set_header X-Forwarded-For $remote_addr;',
  'proxy_set_header Forwarded "";',
  'auth_request /authenticate;'
]

/**
 * The gateway names the Service by its full name, since it is in another namespace, and its port; twice, for retries.
 */
export function gatewayFaults (configuration: string, objects: Json[]): string[] {
  const { metadata, spec } = objects.find(({ kind }) => kind === 'Service') ?? {}
  const [port] = list(at(spec, 'ports')).filter(isRecord)
  const server = `server ${at(metadata, 'name')}.${at(metadata, 'namespace')}.svc.cluster.local:${show(port?.['port'])} max_fails=0;`
  const problems = [...configuration.matchAll(/return (\d+) '(\{.*\})'/g)].filter(([, status, text = '']) => {
    const problem = record(JSON.parse(text))
    return (
      String(problem['status']) !== status ||
      !isErrorCode(String(problem['code'])) ||
      problem['type'] !== `/kms-policies/problems/${problem['code']}`
    )
  })
  return [
    ...(configuration.split(server).length === 3 ? [] : [`there is no "${server}", or not twice`]),
    ...DIRECTIVES.filter((directive) => !configuration.includes(directive)).map(
      (directive) => `there is no "${directive}"`
    ),
    ...problems.map(([, status]) => `the problem document for ${status} is not one of the service`)
  ]
}
