import { reasonOf } from './names.js'
import type { PolicyChangeModel, ReportModel } from './report-model.js'
import { hasSeveralResources, resourcesOf } from './verdict-words.js'

/** What a person has to do, with all that a reader needs for it. */
export interface StepByHand {
  what: string
  /** Empty where nothing more is known. */
  why: string
  who: string | undefined
  /** Whether it is about a finding of the report, which has the same reason. */
  isOfFinding: boolean
  /** The actions that `what` refers to. */
  actions: readonly string[]
  /** The key, role or bucket that it is about, where the report is on several. */
  on: readonly string[]
  commands: readonly string[]
  /** The document that the commands read. */
  document: { change: PolicyChangeModel; fileName: string } | undefined
}

/** The steps that the remediation leaves to a person; each is explained by its finding where it names one. */
export function stepsByHand (report: ReportModel): StepByHand[] {
  const { remediation, findings } = report
  const hasSeveral = hasSeveralResources(report) || resourcesOf(report).roles.length > 1
  return (remediation?.cannotFix ?? []).map((step) => {
    const { code, findingId, remedy, detail, who, commands = [], policy, before, ...place } = step
    const finding = findings.find(({ id }) => id !== undefined && id === findingId)
    const [, fileName] = /file:\/\/(\S+)/.exec(commands.join(' ')) ?? []
    const { roleArn, kmsKeyArn, bucket } = { ...finding, ...place }
    return {
      what: remedy ?? finding?.remedy ?? code,
      why: detail ?? (finding === undefined ? '' : reasonOf(finding)),
      who,
      isOfFinding: finding !== undefined,
      actions: finding?.actions ?? [],
      on: hasSeveral ? [roleArn ?? kmsKeyArn ?? bucket ?? []].flat() : [],
      commands,
      document: policy === undefined || fileName === undefined ? undefined : { change: { policy, before }, fileName }
    }
  })
}
