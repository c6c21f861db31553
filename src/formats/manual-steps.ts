import { reasonOf } from './names.js'
import type { FindingModel, PolicyChangeModel, RemediationModel } from './report-model.js'

/** What a person has to do, with all that a reader needs for it. */
export interface StepByHand {
  what: string
  /** Empty where nothing more is known. */
  why: string
  who: string | undefined
  /** The actions that `what` refers to. */
  actions: readonly string[]
  /** The keys, roles or buckets that it is about. */
  on: readonly string[]
  commands: readonly string[]
  /** The document that the commands read. */
  document: { change: PolicyChangeModel; fileName: string } | undefined
}

/** The steps that the remediation leaves to a person; each is explained by its finding where it names one. */
export function stepsByHand (
  remediation: RemediationModel | undefined,
  findings: readonly FindingModel[]
): StepByHand[] {
  return (remediation?.cannotFix ?? []).map((step) => {
    const { code, findingId, remedy, detail, who, commands = [], policy, before, ...place } = step
    const finding = findings.find(({ id }) => id !== undefined && id === findingId)
    const [, fileName] = /file:\/\/(\S+)/.exec(commands.join(' ')) ?? []
    const { roleArn, kmsKeyArn, bucket } = { ...finding, ...place }
    return {
      what: remedy ?? finding?.remedy ?? code,
      why: detail ?? (finding === undefined ? '' : reasonOf(finding)),
      who,
      actions: finding?.actions ?? [],
      on: [roleArn ?? kmsKeyArn ?? bucket ?? []].flat(),
      commands,
      document: policy === undefined || fileName === undefined ? undefined : { change: { policy, before }, fileName }
    }
  })
}
