import { pageOf } from './pages.js'
import { exceptionReply, jsonReply, type FakeCall, type Reply } from './wire.js'
import type { FakeOrganization, FakeWorld } from './world.js'

export function organizationsReply (world: FakeWorld, call: FakeCall): Reply {
  const { organization } = world
  if (organization === undefined) return exceptionReply(call, 400, 'AWSOrganizationsNotInUseException')
  switch (call.operation) {
    case 'DescribeOrganization':
      return jsonReply({
        Organization: {
          Id: 'o-exampleorgid',
          MasterAccountId: organization.managementAccountId,
          FeatureSet: organization.featureSet ?? 'ALL'
        }
      })
    case 'ListParents': {
      const parent = organization.parents[String(call.input.ChildId)]
      if (parent === undefined) return exceptionReply(call, 400, 'ChildNotFoundException')
      return pageReply(world, call, 'Parents', [
        { Id: parent, Type: parent.startsWith('r-') ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }
      ])
    }
    case 'ListPoliciesForTarget': {
      const attached = (organization.attached[String(call.input.TargetId)] ?? []).flatMap((Id) => {
        const policy = organization.policies[Id]
        return policy !== undefined && policy.type === call.input.Filter
          ? [{ Id, Name: policy.name, Type: policy.type }]
          : []
      })
      return pageReply(world, call, 'Policies', attached)
    }
    case 'DescribePolicy':
      return describePolicy(organization, call)
    default:
      return exceptionReply(call, 400, 'UnknownOperationException')
  }
}

function describePolicy ({ policies }: FakeOrganization, call: FakeCall): Reply {
  const policy = policies[String(call.input.PolicyId)]
  if (policy === undefined) return exceptionReply(call, 400, 'PolicyNotFoundException')
  return jsonReply({
    Policy: {
      PolicySummary: { Id: call.input.PolicyId, Name: policy.name, Type: policy.type },
      Content: policy.content
    }
  })
}

function pageReply (world: FakeWorld, call: FakeCall, name: string, items: object[]): Reply {
  const page = pageOf(world, items, call.input.NextToken)
  return jsonReply({ [name]: page.items, ...(page.next === undefined ? {} : { NextToken: page.next }) })
}
