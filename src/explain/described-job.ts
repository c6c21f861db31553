import { OPERATIONS, type Location, type Usage } from '../../schemas/usage.js'
import { isObject, type JsonObject } from '../json/json.js'
import { parseKeyArn, parseRoleArn } from '../personalize/identifiers.js'
import { parseS3Uri } from '../personalize/locations.js'

const member = (value: unknown, ...names: string[]): unknown =>
  names.reduce<unknown>((found, name) => (isObject(found) ? found[name] : undefined), value)

/** Where the answers of the describe calls have their locations. */
const PLACES: ReadonlyArray<readonly [path: readonly string[], direction: Location['direction']]> = [
  [['dataSource'], 'read'],
  [['jobInput', 's3DataSource'], 'read'],
  [['jobOutput', 's3DataDestination'], 'write'],
  [['metricsOutputConfig', 's3DataDestination'], 'write']
]

/**
 * The usage that a describe command of Amazon Personalize prints, as `{ "datasetImportJob": { "roleArn": … } }`: its
 * operation, role, key and locations. Undefined where it names no role.
 * https://docs.aws.amazon.com/personalize/latest/dg/API_DescribeDatasetImportJob.html
 */
export function describedUsage (value: JsonObject): Usage | undefined {
  const operation = OPERATIONS.find((name) => isObject(value[name]))
  if (operation === undefined) return undefined
  const job = value[operation]
  const role = member(job, 'roleArn') ?? member(job, 'metricsOutputConfig', 'roleArn')
  const key = member(job, 'kmsKeyArn')
  const locations = PLACES.flatMap(([path, direction]) => locationOf(member(job, ...path), direction))
  if (typeof role !== 'string' || parseRoleArn(role) === undefined) return undefined
  return {
    operations: [operation],
    roleArns: [role],
    ...(isKeyArn(key) ? { kmsKeyArns: [key] } : {}),
    ...(locations.length === 0 ? {} : { locations })
  }
}

const isKeyArn = (value: unknown): value is string => typeof value === 'string' && parseKeyArn(value)?.kind === 'key'

function locationOf (value: unknown, direction: Location['direction']): Location[] {
  const uri = member(value, 'dataLocation') ?? member(value, 'path')
  const key = member(value, 'kmsKeyArn')
  if (typeof uri !== 'string' || parseS3Uri(uri) === undefined || /[*?]|\$\{/.test(uri)) return []
  return [{ uri, ...(direction === undefined ? {} : { direction }), ...(isKeyArn(key) ? { kmsKeyArn: key } : {}) }]
}
