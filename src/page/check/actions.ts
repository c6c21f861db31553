import type { StateUpdater } from 'preact/hooks'
import type { Outcome } from '../report/outcome.js'
import { type DocumentFaults, type Documents, documentsBody, missingDocuments, NO_DOCUMENTS, withBucketPolicies } from '../state/documents.js'
import { documentText, policyTabs } from '../state/policy-tabs.js'
import { entriesOf, type FieldFaults, missingFields, type UsageForm, usageOf, usageToWrite } from '../state/usage-form.js'
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

/** Evaluates the documents or the plan, unless something is missing. */
export async function check (form: UsageForm, state: CheckState, onState: SetCheckState): Promise<void> {
  const { fields, documents } = missingOf(form, state)
  const set = (outcome: Outcome, planFault?: string): void =>
    onState((state) => ({ ...state, outcome, planFault, isTried: true }))
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
  const [{ verification }, planned] = await Promise.all([
    import('../engine/verification.js'),
    plan === undefined ? undefined : import('../engine/plan.js')
  ])
  // The browser shows that it is busy before the evaluation keeps it so.
  await new Promise((resolve) => setTimeout(resolve))
  return plan === undefined || planned === undefined
    ? verification(documentsBody(form, documents))
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
    const { NO_CHOICE, readPlan } = await import('../engine/plan.js')
    const texts = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })))
    const reading = readPlan(texts, placeOf(form))
    if ('fault' in reading) fail(reading.fault)
    else
      onState((state) => ({
        ...state,
        plan: { ...reading, ...NO_CHOICE },
        planFault: undefined,
        outcome: { phase: 'none' }
      }))
  } catch {
    fail('The file could not be read.')
  }
}

/** Account and Region of the ARNs of the form, for what a plan does not say. */
function placeOf ({ roles, keys }: UsageForm): { accountId: string | undefined; region: string | undefined } {
  const parts = entriesOf(`${keys}\n${roles}`).map(({ text }) => text.split(':'))
  const first = (index: number): string | undefined => parts.map((arn) => arn[index]).find((part) => part !== undefined && part !== '')
  return { accountId: first(4), region: first(3) }
}

/** The documents that *Write* has written for the same use. */
export async function fillIn (form: UsageForm, onState: SetCheckState): Promise<void> {
  try {
    const { writePolicies } = await import('../engine/generation.js')
    const answer = writePolicies(usageToWrite(form))
    if ('problem' in answer) {
      onState((state) => ({ ...state, outcome: { phase: 'refused', problem: answer.problem, of: documentsBody(form, state.documents) }, isTried: true }))
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
