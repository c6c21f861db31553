import type { Location } from '../../schemas/usage.js'
import { parseS3Uri } from '../personalize/locations.js'
import { type Plan, PlanError, type PlannedBucket } from './plan.js'

const URI = /^(?:s3|https?):\/\//

/** The bucket of the plan that a URI names; undefined where the plan does not contain it. */
export function bucketNamed ({ buckets }: Plan, uri: string): PlannedBucket | undefined {
  const bucket = parseS3Uri(uri)?.bucket
  return buckets.find(({ name }) => name === bucket)
}

/**
 * A location whose bucket is named by its address in the plan, or by URI, with its URI and account. Throws where the
 * plan has no such bucket, or does not say whose it is.
 */
export function selectLocation (plan: Plan, location: Location): Location {
  if (!URI.test(location.uri)) return locationOfAddress(plan, location)
  const bucket = bucketNamed(plan, location.uri)
  if (bucket === undefined) return location
  return withOwner(location, bucket, plan)
}

/** Whether nothing is open of a location by URI: which bucket it is, and whose. */
export function isSelectable ({ buckets }: Plan, uri: string): boolean {
  const bucket = parseS3Uri(uri)?.bucket
  const [only, ...others] = buckets.filter(({ name }) => name === bucket)
  return bucket !== undefined && others.length === 0 && (only === undefined || only.accountId !== undefined)
}

function severalNamed (name: string, found: readonly PlannedBucket[]): PlanError {
  return new PlanError(`${name} is the name of several buckets: ${found.map(({ address }) => address).join(', ')}`)
}

/** `ADDRESS`, `ADDRESS=PREFIX`, or the name of the bucket in place of its address. Keys of instances may have a `=`. */
function locationOfAddress (plan: Plan, location: Location): Location {
  const { uri } = location
  const found = plan.buckets.flatMap((bucket) =>
    bucket.names
      .filter((name) => uri === name || uri.startsWith(`${name}=`))
      .map((name) => ({ bucket, prefix: uri.slice(name.length + 1) }))
  )
  const [only, ...others] = found
  if (only === undefined) {
    const known = plan.buckets.map(({ address }) => address).join(', ')
    throw new PlanError(`the ${plan.source} contains no bucket ${uri}; it contains ${known === '' ? 'none' : known}`)
  }
  if (others.length > 0) throw severalNamed(uri, found.map(({ bucket }) => bucket))
  return withOwner({ ...location, uri: `s3://${only.bucket.name}/${only.prefix}` }, only.bucket, plan)
}

function withOwner (location: Location, bucket: PlannedBucket, { source, buckets }: Plan): Location {
  const { address, name, accountId } = bucket
  const same = buckets.filter((each) => each.name === name)
  if (same.length > 1) throw severalNamed(name, same)
  const given = location.accountId
  if (given !== undefined && accountId !== undefined && given !== accountId)
    throw new PlanError(`${address} is created in account ${accountId}, not in ${given}, that of the location`)
  const owner = given ?? accountId
  if (owner === undefined)
    throw new PlanError(
      `the ${source} does not say in which account ${address} is created: its provider has other credentials than ` +
        'others; verify it after the apply, or give the accountId of the location'
    )
  return { ...location, accountId: owner }
}
