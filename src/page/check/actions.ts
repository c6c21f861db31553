import type { StateUpdater } from 'preact/hooks'
import type { PlanFile } from '../engine/plan.js'
import type { Outcome } from '../report/outcome.js'
import {
  type DocumentFaults,
  type Documents,
  documentsBody,
  missingDocuments,
  NO_DOCUMENTS,
  withBucketPolicies
} from '../state/documents.js'
import { documentText, policyTabs } from '../state/policy-tabs.js'
import {
  entriesOf,
  type FieldFaults,
  missingFields,
  type UsageForm,
  usageOf,
  usageToWrite
} from '../state/usage-form.js'
import type { LoadedPlan } from './plan-field.js'

export interface CheckState {
  documents: Documents
  /** Checked in place of the documents. */
  plan: LoadedPlan | undefined
  /** Why a file could not be read, or the plan not be checked. */
  planFault: string | undefined
  outcome: Outcome
  /** Whether what is missing is marked: not before the first try. */
  isTried: boolean
}

export const NOTHING_CHECKED: CheckState = {
  documents: NO_DOCUMENTS,
  plan: undefined,
  planFault: undefined,
  outcome: { phase: 'none' },
  isTried: false
}

export type SetCheckState = (change: StateUpdater<CheckState>) => void

/** What is checked, to see whether it has changed since. */
export function checkedOf (form: UsageForm, { documents, plan }: CheckState): unknown {
  if (plan === undefined) return documentsBody(form, documents)
  const { plan: _, ...choice } = plan
  return { ...choice, operations: form.operations, locations: entriesOf(form.locations) }
}

/** What is not given yet. Keys and roles of a plan are its own. */
export function missingOf (
  form: UsageForm,
  { documents, plan }: CheckState
): { fields: FieldFaults; documents: DocumentFaults } {
  const fields = missingFields(form, { keys: true })
  if (plan === undefined) return { fields, documents: missingDocuments(form, documents) }
  return { fields: fields.operations === undefined ? {} : { operations: fields.operations }, documents: {} }
}

/** What a plan or a template has, in JSON or YAML, and a policy has not. */
const OF_A_PLAN = /"resource_changes"\s*:|"Resources"\s*:\s*\{|^Resources\s*:/m

/** The plan that was chosen, or one that was pasted where a key policy is expected. */
async function planOf (form: UsageForm, { plan, documents }: CheckState) {
  return plan === undefined && OF_A_PLAN.test(documents.keyPolicy)
    ? await readPlanFiles([{ name: 'Pasted text', text: documents.keyPolicy }], form)
    : plan
}

/** Evaluates the documents or the plan, unless something is missing. */
export async function check (form: UsageForm, given: CheckState, onState: SetCheckState): Promise<void> {
  const set = (outcome: Outcome, planFault?: string): void =>
    onState((state) => ({ ...state, outcome, planFault, isTried: true }))
  const plan = await planOf(form, given)
  if (plan !== undefined && 'fault' in plan) {
    set({ phase: 'none' }, plan.fault)
    return
  }
  const state = { ...given, plan }
  if (plan !== given.plan) onState((current) => ({ ...current, plan }))
  const { fields, documents } = missingOf(form, state)
  if (Object.keys({ ...fields, ...documents }).length > 0) {
    set({ phase: 'none' })
    return
  }
  set({ phase: 'busy' })
  try {
    const [answer, { ReportResult }] = await Promise.all([evaluated(form, state), import('../report/report-result.js')])
    const of = checkedOf(form, state)
    if ('fault' in answer) set({ phase: 'none' }, answer.fault)
    else if ('problem' in answer) set({ phase: 'refused', problem: answer.problem, of })
    else set({ phase: 'report', report: answer.body, Result: ReportResult, of })
  } catch {
    set({ phase: 'failed' })
  }
}

async function evaluated (form: UsageForm, { documents, plan }: CheckState) {
  const [{ pastedVerification }, planned] = await Promise.all([
    import('../engine/verification.js'),
    plan === undefined ? undefined : import('../engine/plan.js')
  ])
  // The browser shows that it is busy before the evaluation keeps it so.
  await new Promise((resolve) => setTimeout(resolve))
  return plan === undefined || planned === undefined
    ? pastedVerification(documentsBody(form, documents))
    : planned.planReport(plan.plan, usageOf(form), plan)
}

const MAX_FILE_BYTES = 50_000_000

/** Reads the files of a plan or template. Nothing is sent. */
export async function loadPlan (files: readonly File[], form: UsageForm, onState: SetCheckState): Promise<void> {
  if (files.length === 0) return
  const fail = (planFault: string): void => onState((state) => ({ ...state, planFault }))
  if (files.some(({ size }) => size > MAX_FILE_BYTES)) {
    fail('The file is larger than 50 MB.')
    return
  }
  try {
    const texts = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })))
    const plan = await readPlanFiles(texts, form)
    if ('fault' in plan) fail(plan.fault)
    else onState((state) => ({ ...state, plan, planFault: undefined, outcome: { phase: 'none' } }))
  } catch {
    fail(UNREADABLE)
  }
}

const UNREADABLE = 'The file could not be read.'

/** What is in the files, or why nothing is. */
async function readPlanFiles (files: readonly PlanFile[], form: UsageForm): Promise<LoadedPlan | { fault: string }> {
  try {
    const { NO_CHOICE, readPlan } = await import('../engine/plan.js')
    const reading = readPlan(files, placeOf(form))
    return 'fault' in reading ? reading : { ...reading, ...NO_CHOICE }
  } catch {
    return { fault: UNREADABLE }
  }
}

/** Account and Region of the ARNs of the form, for what a plan does not say. */
function placeOf ({ roles, keys }: UsageForm): { accountId: string | undefined; region: string | undefined } {
  const parts = entriesOf(`${keys}\n${roles}`).map(({ text }) => text.split(':'))
  const first = (index: number): string | undefined =>
    parts.map((arn) => arn[index]).find((part) => part !== undefined && part !== '')
  return { accountId: first(4), region: first(3) }
}

/** The documents that *Write* has written for the same use. */
export async function fillIn (form: UsageForm, onState: SetCheckState): Promise<void> {
  try {
    const { writePolicies } = await import('../engine/generation.js')
    const answer = writePolicies(usageToWrite(form))
    if ('problem' in answer) {
      onState((state) => ({
        ...state,
        outcome: { phase: 'refused', problem: answer.problem, of: documentsBody(form, state.documents) },
        isTried: true
      }))
      return
    }
    const tabs = policyTabs(answer.body)
    const textOf = (kind: keyof typeof tabs): string => {
      const policy = tabs[kind][0]?.policy ?? null
      return policy === null ? '' : documentText(kind, policy)
    }
    onState((state) => ({
      ...state,
      documents: {
        ...state.documents,
        keyPolicy: textOf('key'),
        rolePolicies: textOf('role'),
        trustPolicy: textOf('trust'),
        buckets: withBucketPolicies(state.documents.buckets, answer.body.bucketPolicies ?? [])
      }
    }))
  } catch {
    onState((state) => ({ ...state, outcome: { phase: 'failed' }, isTried: true }))
  }
}
