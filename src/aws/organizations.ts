import {
  DescribeOrganizationCommand,
  type DescribeOrganizationCommandInput,
  type DescribeOrganizationCommandOutput,
  DescribePolicyCommand,
  type DescribePolicyCommandInput,
  type DescribePolicyCommandOutput,
  ListParentsCommand,
  type ListParentsCommandInput,
  type ListParentsCommandOutput,
  ListPoliciesForTargetCommand,
  type ListPoliciesForTargetCommandInput,
  type ListPoliciesForTargetCommandOutput,
  type Organization,
  type Parent,
  type PolicySummary
} from '@aws-sdk/client-organizations'
import type { ObservedPolicy, Read } from '../verify/read/policy-source.js'
import { failed, type Outcome } from './call.js'
import type { AwsClients } from './clients.js'
import { memoize } from './memoize.js'
import { type Listed, readPages } from './pages.js'
import type { DefineOperation, RequestScope, Scope } from './shared-call.js'

type PolicyType = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'

/** Organizations' reads for one request, each made once: accounts share their units and policies. */
export interface OrganizationReads {
  organization(): Promise<Outcome<Organization>>
  parents(childId: string): Promise<Listed<Parent>>
  serviceControlPolicies(targetId: string): Promise<Listed<PolicySummary>>
  resourceControlPolicies(targetId: string): Promise<Listed<PolicySummary>>
  policy(policyId: string): Promise<Read<ObservedPolicy>>
}

/** The operations of the API, each as the whole process makes it. */
function defineOperations (define: DefineOperation, clients: AwsClients) {
  return {
    describeOrganization: define<DescribeOrganizationCommandInput, DescribeOrganizationCommandOutput>(
      'organizations',
      'DescribeOrganization',
      (place, input, options) => clients.organizations(place).send(new DescribeOrganizationCommand(input), options)
    ),
    listParents: define<ListParentsCommandInput, ListParentsCommandOutput>(
      'organizations',
      'ListParents',
      (place, input, options) => clients.organizations(place).send(new ListParentsCommand(input), options)
    ),
    listPolicies: define<ListPoliciesForTargetCommandInput, ListPoliciesForTargetCommandOutput>(
      'organizations',
      'ListPoliciesForTarget',
      (place, input, options) => clients.organizations(place).send(new ListPoliciesForTargetCommand(input), options)
    ),
    describePolicy: define<DescribePolicyCommandInput, DescribePolicyCommandOutput>(
      'organizations',
      'DescribePolicy',
      (place, input, options) => clients.organizations(place).send(new DescribePolicyCommand(input), options)
    )
  }
}

export function createOrganizationReader (
  define: DefineOperation,
  clients: AwsClients
): (place: RequestScope, scope: Scope) => OrganizationReads {
  const { describeOrganization, listParents, listPolicies, describePolicy } = defineOperations(define, clients)

  return (place, scope) => {
    const attached = (Filter: PolicyType) =>
      memoize((TargetId) =>
        readPages(
          'ListPoliciesForTarget',
          (NextToken) => listPolicies(place, TargetId, { TargetId, Filter, NextToken }, scope),
          ({ Policies, NextToken }) => ({ items: Policies, truncated: NextToken !== undefined, marker: NextToken })
        )
      )
    return {
      organization: once(async (): Promise<Outcome<Organization>> => {
        const outcome = await describeOrganization(place, 'organization', {}, scope)
        if (!outcome.ok) return outcome
        const { Organization } = outcome.value
        return Organization === undefined
          ? { ok: false, ...empty('DescribeOrganization'), missing: false }
          : { ok: true, value: Organization }
      }),
      parents: memoize((ChildId) =>
        readPages(
          'ListParents',
          (NextToken) => listParents(place, ChildId, { ChildId, NextToken }, scope),
          ({ Parents, NextToken }) => ({ items: Parents, truncated: NextToken !== undefined, marker: NextToken })
        )
      ),
      serviceControlPolicies: attached('SERVICE_CONTROL_POLICY'),
      resourceControlPolicies: attached('RESOURCE_CONTROL_POLICY'),
      policy: memoize(async (PolicyId): Promise<Read<ObservedPolicy>> => {
        const outcome = await describePolicy(place, PolicyId, { PolicyId }, scope)
        if (!outcome.ok) return failed(outcome)
        const { Content, PolicySummary } = outcome.value.Policy ?? {}
        if (Content === undefined) return empty('DescribePolicy')
        return { state: 'read', value: { name: PolicySummary?.Name ?? PolicyId, document: Content } }
      })
    }
  }
}

function once<T> (read: () => T): () => T {
  const reads = memoize(read)
  return () => reads('')
}

function empty (operation: string): { state: 'notRead'; why: string; cause: 'malformedAnswer' } {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}
