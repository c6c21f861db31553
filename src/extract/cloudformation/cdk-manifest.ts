import { isObject } from '../../json/json.js'
import { PlanError, type PlanSettings } from '../plan.js'

/** A stack of a `cdk.out` folder: its template file, and where it is deployed. */
export interface CdkStack {
  name: string
  templateFile: string
  settings: PlanSettings
}

/**
 * The stacks in `cdk.out/manifest.json`. An environment of which the account or Region is not known says nothing of it.
 * https://docs.aws.amazon.com/cdk/v2/guide/how-synth-default-synthesizer.html
 */
export function cdkStacks (manifest: unknown): CdkStack[] {
  const artifacts = isObject(manifest) && isObject(manifest['artifacts']) ? manifest['artifacts'] : undefined
  if (artifacts === undefined) throw new PlanError('manifest.json has no artifacts: it is not the output of cdk synth')
  return Object.entries(artifacts).flatMap(([name, artifact]): CdkStack[] => {
    if (!isObject(artifact) || artifact['type'] !== 'aws:cloudformation:stack') return []
    const { properties, environment } = artifact
    const file = isObject(properties) ? properties['templateFile'] : undefined
    return typeof file === 'string' ? [{ name, templateFile: file, settings: environmentOf(environment) }] : []
  })
}

function environmentOf (environment: unknown): PlanSettings {
  const [, account = '', region = ''] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(String(environment)) ?? []
  return {
    ...(/^\d{12}$/.test(account) ? { accountId: account } : {}),
    ...(region !== '' && region !== 'unknown-region' ? { region } : {})
  }
}
