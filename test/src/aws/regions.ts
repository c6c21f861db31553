import { readFile } from 'node:fs/promises'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { OrganizationsClient } from '@aws-sdk/client-organizations'
import { STSClient } from '@aws-sdk/client-sts'
import t from 'tap'
import {
  homeOfRegion,
  homeRegion,
  locateKey,
  locateRole,
  organizationsRegion,
  PARTITIONS
} from '../../../src/aws/regions.js'

/** The SDK's own table of Regions by partition; the package exports it to its endpoint rules only. */
async function sdkRegions (): Promise<Map<string, string[]>> {
  const entry = import.meta.resolve('@aws-sdk/core/client')
  const text = await readFile(
    new URL('../../../dist-es/submodules/client/util-endpoints/lib/aws/partitions.js', entry),
    'utf8'
  )
  const table: { partitions: Array<{ id: string; regions: object }> } = JSON.parse(
    text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  )
  // `aws-global` and its like are names of the SDK's, not Regions.
  return new Map(
    table.partitions.map(({ id, regions }) => [
      id,
      Object.keys(regions)
        .filter((name) => !name.endsWith('-global'))
        .sort()
    ])
  )
}

const regions = await sdkRegions()
const keyIn = (partition: string, region: string): string =>
  `arn:${partition}:kms:${region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`

t.test('the Regions are those that the SDK knows, partition by partition', async (t) => {
  t.ok([...regions.keys()].length > PARTITIONS.size, 'the table of the SDK was read')
  for (const [partition, { regions: ours }] of PARTITIONS) t.same([...ours].sort(), regions.get(partition), partition)
  for (const [partition, all] of regions) {
    for (const region of all)
      t.equal(
        locateKey(keyIn(partition, region))?.region,
        PARTITIONS.has(partition) ? region : undefined,
        `${partition} ${region}`
      )
    t.equal(locateKey(keyIn(partition, `${partition}-global`)), undefined, 'a name of the SDK is no Region')
  }
  t.equal(locateKey(keyIn('aws', 'cn-north-1')), undefined, 'a Region of another partition')
  t.equal(locateKey(keyIn('aws-cn', 'us-east-1')), undefined)
})

interface Resolved {
  url: URL
  properties?: Record<string, unknown>
}
/** What the SDK's endpoint rules make of a Region: the host, and the Region that signs. */
function hostAndScope ({ url, properties = {} }: Resolved, region: string): { host: string; signs: unknown } {
  const [scheme]: unknown[] = Array.isArray(properties['authSchemes']) ? properties['authSchemes'] : []
  return { host: url.host, signs: Object(scheme).signingRegion ?? region }
}

t.test('every known Region leads to a host of its own partition, for every API', async (t) => {
  const suffixes: Record<string, string> = { aws: 'amazonaws.com', 'aws-cn': 'amazonaws.com.cn' }
  for (const [partition, places] of PARTITIONS) {
    const suffix = suffixes[partition]
    for (const region of places.regions) {
      const kms = new KMSClient({ region })
      t.same(hostAndScope(kms.config.endpointProvider({ Region: region }), region), {
        host: `kms.${region}.${suffix}`,
        signs: region
      })
      t.equal(homeOfRegion(region), homeRegion(partition))
    }
    const home = homeRegion(partition) ?? ''
    const iam = hostAndScope(new IAMClient({ region: home }).config.endpointProvider({ Region: home }), home)
    t.same(
      iam,
      { host: partition === 'aws' ? 'iam.amazonaws.com' : `iam.${home}.${suffix}`, signs: home },
      'IAM is signed for where it is'
    )
    t.equal(
      hostAndScope(new STSClient({ region: home }).config.endpointProvider({ Region: home, UseGlobalEndpoint: false }), home)
        .host,
      `sts.${home}.${suffix}`
    )
    const organizations = organizationsRegion(partition) ?? ''
    t.equal(
      hostAndScope(
        new OrganizationsClient({ region: organizations }).config.endpointProvider({ Region: organizations }),
        organizations
      ).signs,
      organizations
    )
    t.match(locateRole(`arn:${partition}:iam::111122223333:role/path/A`), { iamRegion: home, roleName: 'A' })
  }
})

t.test('what is no Region gets no further', (t) => {
  t.throws(() => homeOfRegion('us-east-9'), { message: /no known Region/ })
  for (const partition of ['aws-us-gov', 'aws-iso', 'constructor', '']) {
    t.equal(homeRegion(partition), undefined)
    t.equal(organizationsRegion(partition), undefined)
    t.equal(locateRole(`arn:${partition}:iam::111122223333:role/A`), undefined)
  }
  t.end()
})
