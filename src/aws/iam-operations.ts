import {
  GetPolicyCommand, GetPolicyVersionCommand, GetRoleCommand, GetRolePolicyCommand, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand,
  type GetPolicyCommandInput, type GetPolicyCommandOutput, type GetPolicyVersionCommandInput, type GetPolicyVersionCommandOutput,
  type GetRoleCommandInput, type GetRoleCommandOutput, type GetRolePolicyCommandInput, type GetRolePolicyCommandOutput,
  type ListAttachedRolePoliciesCommandInput, type ListAttachedRolePoliciesCommandOutput,
  type ListRolePoliciesCommandInput, type ListRolePoliciesCommandOutput
} from '@aws-sdk/client-iam'
import type { AwsClients } from './clients.js'
import type { DefineOperation } from './operation.js'

export type IamOperations = ReturnType<typeof iamOperations>

/** The operations of IAM that a verification makes. */
export function iamOperations (define: DefineOperation, clients: AwsClients) {
  return {
    getRole: define<GetRoleCommandInput, GetRoleCommandOutput>('iam', 'GetRole', (place, input, options) =>
      clients.iam(place).send(new GetRoleCommand(input), options)),
    listRolePolicies: define<ListRolePoliciesCommandInput, ListRolePoliciesCommandOutput>('iam', 'ListRolePolicies', (place, input, options) =>
      clients.iam(place).send(new ListRolePoliciesCommand(input), options)),
    getRolePolicy: define<GetRolePolicyCommandInput, GetRolePolicyCommandOutput>('iam', 'GetRolePolicy', (place, input, options) =>
      clients.iam(place).send(new GetRolePolicyCommand(input), options)),
    listAttachedRolePolicies: define<ListAttachedRolePoliciesCommandInput, ListAttachedRolePoliciesCommandOutput>('iam', 'ListAttachedRolePolicies', (place, input, options) =>
      clients.iam(place).send(new ListAttachedRolePoliciesCommand(input), options)),
    getPolicy: define<GetPolicyCommandInput, GetPolicyCommandOutput>('iam', 'GetPolicy', (place, input, options) =>
      clients.iam(place).send(new GetPolicyCommand(input), options)),
    getPolicyVersion: define<GetPolicyVersionCommandInput, GetPolicyVersionCommandOutput>('iam', 'GetPolicyVersion', (place, input, options) =>
      clients.iam(place).send(new GetPolicyVersionCommand(input), options))
  }
}
