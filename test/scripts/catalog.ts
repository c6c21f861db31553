import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { catalogFaults } from '../../scripts/backstage-catalog.js'
import { record } from '../../scripts/compatibility/json.js'
import { buildKustomization } from '../../scripts/deploy/kustomize.js'

const objects = await buildKustomization('deploy/kubernetes/base')

/** The faults of the catalog file after one replacement. */
async function faultsWith (t: Test, from: string, to: string): Promise<string> {
  const folder = t.testdir({})
  await mkdir(join(folder, 'openapi'))
  await cp('openapi/openapi.json', join(folder, 'openapi/openapi.json'))
  const text = await readFile('catalog-info.yaml', 'utf8')
  if (!text.includes(from)) throw new Error(`the catalog has no ${from}`)
  await writeFile(join(folder, 'catalog-info.yaml'), text.replace(from, to))
  return (await catalogFaults(join(folder, 'catalog-info.yaml'), objects)).join('; ')
}

t.test('the catalog is valid', async (t) => {
  t.same(await catalogFaults('catalog-info.yaml', objects), [])
})

t.test('what Backstage would refuse is refused', async (t) => {
  const wrong: Array<[string, string, RegExp]> = [
    ['  owner: group:default/platform\n', '', /owner/],
    ['type: openapi', 'type: 7', /type/],
    ['kind: Component', 'kind: Componend', /not known/],
    ['name: personalize-kms-policy-service', 'name: personalize kms policy service', /name/],
    ['- kms', '- KMS Keys', /tags/],
    ['spec:\n', 'extra: 1\nspec:\n', /additional properties/],
    ['- personalize-kms-policies', '- personalize-policies', /no API personalize-policies.*no component provides/],
    ['type: openapi', 'type: asyncapi', /not OpenAPI/],
    ['kind: API', 'kind: [', /YAML|Flow|flow/]
  ]
  for (const [from, to, expected] of wrong) t.match(await faultsWith(t, from, to), expected, to)
  await t.rejects(faultsWith(t, './openapi/openapi.json', './openapi/other.json'), { code: 'ENOENT' })
})

t.test('annotations that lead to no object of the cluster are refused', async (t) => {
  const selector = 'backstage.io/kubernetes-label-selector: app.kubernetes.io/name=personalize-kms-policy-service'
  const nothing = /selects no Deployment.*selects no Pod.*selects no Service.*selects no HorizontalPodAutoscaler/
  const wrong: Array<[string, string, RegExp]> = [
    [selector, `${selector}-2`, nothing],
    [selector, `${selector},app.kubernetes.io/part-of=policies`, nothing],
    [selector, 'backstage.io/kubernetes-id: personalize-kms-policy-service', nothing],
    [`    ${selector}\n`, '', nothing],
    [
      'kubernetes-namespace: personalize-kms-policy',
      'kubernetes-namespace: default',
      /Deployment is not in the namespace "default"/
    ]
  ]
  for (const [from, to, expected] of wrong) t.match(await faultsWith(t, from, to), expected, to)
  const bare = objects.map((object) =>
    object['kind'] === 'HorizontalPodAutoscaler'
      ? { ...object, metadata: { ...record(object['metadata']), labels: {} } }
      : object
  )
  t.match((await catalogFaults('catalog-info.yaml', bare)).join('; '), /selects no HorizontalPodAutoscaler/)
  t.match(
    (
      await catalogFaults(
        'catalog-info.yaml',
        objects.filter(({ kind }) => kind !== 'Service')
      )
    ).join('; '),
    /cluster has no Service/
  )
})
