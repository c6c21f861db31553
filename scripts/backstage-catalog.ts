import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type * as CatalogModel from '@backstage/catalog-model'
import { parseAllDocuments } from 'yaml'
import { isRecord, list, record, show, type Json } from './compatibility/json.js'

// Its ECMAScript modules are not marked as such, and loaders differ in what they make of them.
const catalogModel: typeof CatalogModel = createRequire(import.meta.url)('@backstage/catalog-model')
const {
  apiEntityV1alpha1Validator,
  componentEntityV1alpha1Validator,
  DefaultNamespaceEntityPolicy,
  EntityPolicies,
  FieldFormatEntityPolicy,
  NoForeignRootFieldsEntityPolicy,
  SchemaValidEntityPolicy
} = catalogModel
const KINDS: Record<string, CatalogModel.KindValidator> = {
  Component: componentEntityV1alpha1Validator,
  API: apiEntityV1alpha1Validator
}

/** What of a component the Kubernetes tab of Backstage shows, of what `deploy/` has. */
const SHOWN = ['Deployment', 'Service', 'HorizontalPodAutoscaler']

/**
 * Every document of a Backstage catalog file, held against Backstage's own schemas; the definition of an API must be
 * an OpenAPI document, and the annotations of a component must lead to the objects of the cluster.
 */
export async function catalogFaults (path: string, objects: Json[]): Promise<string[]> {
  const documents = parseAllDocuments(await readFile(path, 'utf8'))
  const faults = documents.flatMap(({ errors }) => errors.map(String))
  if (faults.length > 0) return faults
  const entities = await Promise.all(
    documents.map(async (document) => withDefinition(record(document.toJS()), dirname(path)))
  )
  return [
    ...(await Promise.all(entities.map(entityFaults))).flat(),
    ...relationFaults(entities),
    ...entities.filter(({ kind }) => kind === 'Component').flatMap((component) => clusterFaults(component, objects))
  ]
}

/** As Backstage does: `$text` is replaced by what the file beside the catalog holds. */
async function withDefinition (entity: Json, folder: string): Promise<Json> {
  const reference = record(record(entity['spec'])['definition'])['$text']
  return typeof reference === 'string'
    ? { ...entity, spec: { ...record(entity['spec']), definition: await readFile(join(folder, reference), 'utf8') } }
    : entity
}

async function entityFaults (entity: Json): Promise<string[]> {
  const name = `${String(entity['kind'])} ${String(record(entity['metadata'])['name'])}`
  const policy = EntityPolicies.allOf([
    new SchemaValidEntityPolicy(),
    new DefaultNamespaceEntityPolicy(),
    new NoForeignRootFieldsEntityPolicy(),
    new FieldFormatEntityPolicy()
  ])
  try {
    if (!isEntity(entity)) return [`${name} has no apiVersion, kind or name`]
    await policy.enforce(entity)
    if ((await KINDS[entity.kind]?.check(entity)) !== true) return [`${name} is of a kind or version that is not known`]
    return entity.kind === 'API' ? definitionFaults(name, record(entity.spec)) : []
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`]
  }
}

function isEntity (value: Json): value is CatalogModel.Entity & Json {
  return (
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isRecord(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  )
}

function definitionFaults (name: string, { type, definition }: Json): string[] {
  const document = record(JSON.parse(String(definition)))
  return type === 'openapi' && /^3\.1\./.test(String(document['openapi']))
    ? []
    : [`${name}: its definition is not OpenAPI 3.1`]
}

/** Which APIs are provided must be in the same file. */
function relationFaults (entities: Json[]): string[] {
  const apis = entities.filter(({ kind }) => kind === 'API').map(({ metadata }) => record(metadata)['name'])
  const provided = entities.flatMap(({ spec }) => list(record(spec)['providesApis']))
  return [
    ...provided.filter((name) => !apis.includes(name)).map((name) => `there is no API ${name}`),
    ...apis.filter((name) => !provided.includes(name)).map((name) => `no component provides the API ${name}`)
  ]
}

/**
 * Backstage asks the cluster for objects by their labels, so what has others is not in its tab.
 * https://backstage.io/docs/features/kubernetes/configuration/#surfacing-your-kubernetes-components-as-part-of-an-entity
 */
function clusterFaults ({ metadata }: Json, objects: Json[]): string[] {
  const annotations = record(record(metadata)['annotations'])
  const selector = String(
    annotations['backstage.io/kubernetes-label-selector'] ??
      `backstage.io/kubernetes-id=${annotations['backstage.io/kubernetes-id']}`
  )
  const wanted = selector.split(',').map((term) => term.split('='))
  const shown = objects.filter(({ kind }) => SHOWN.includes(String(kind)))
  const labelled = shown.flatMap((object) => [
    { what: object['kind'], metadata: record(object['metadata']) },
    ...(object['kind'] === 'Deployment'
      ? [
        {
          what: 'Pod',
          metadata: {
            ...record(record(record(object['spec'])['template'])['metadata']),
            namespace: record(object['metadata'])['namespace']
          }
        }
      ]
      : [])
  ])
  const namespace = annotations['backstage.io/kubernetes-namespace']
  return [
    ...SHOWN.filter((kind) => !shown.some((object) => object['kind'] === kind)).map(
      (kind) => `the cluster has no ${kind}`
    ),
    ...labelled
      .filter(({ metadata }) => wanted.some(([name = '', value]) => record(metadata['labels'])[name] !== value))
      .map(({ what }) => `${selector} selects no ${what}`),
    ...labelled
      .filter(({ metadata }) => namespace !== undefined && metadata['namespace'] !== namespace)
      .map(({ what }) => `the ${what} is not in the namespace ${show(namespace)}`)
  ]
}
