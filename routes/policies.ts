import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PoliciesRequest, PoliciesResponse } from '../schemas/generation.js'
import { PolicyDocument } from '../schemas/policy-document.js'
import { ref } from '../schemas/ref.js'
import { Usage } from '../schemas/usage.js'
import type { ComputePool } from '../src/compute/pool.js'
import { PrettyQuery, jsonAnswer } from '../src/http/answer/json-answer.js'
import { POLICY_TYPES, policyContent } from '../src/http/answer/report-form.js'
import { requires, operation } from '../src/http/docs/operation.js'
import type { Audit } from '../src/http/request-state.js'
import {
  generateBucketPolicy,
  generateKeyPolicy,
  generatePolicies,
  generateRolePolicy,
  generateTrustPolicy
} from '../src/policies/generate.js'
import {
  bucketPoliciesToDeploy,
  keyPoliciesToDeploy,
  policiesToDeploy,
  rolePoliciesToDeploy,
  trustPoliciesToDeploy
} from '../src/policies/to-deploy.js'
import { policyForms } from './examples/policy-forms.js'
import {
  bucketPolicyRequests,
  keyPolicyRequests,
  policiesRequests,
  rolePolicyRequests,
  trustPolicyRequests
} from './examples/usages.js'

const tags = ['policies']
const response = { 200: { description: 'The policy.', content: policyContent(ref(PolicyDocument)) } }
/** Of the operations that merge into an existing policy. */
const MERGE_PROBLEMS = [
  'INCONSISTENT_USAGE',
  'CUSTOMER_KEY_NOT_SUPPORTED',
  'POLICY_TOO_LARGE',
  'SID_CONFLICT',
  'EXISTING_POLICY_NOT_STORABLE',
  'EXISTING_POLICY_DENIES'
] as const
const FORMS =
  ' `Accept` selects the form: the JSON document, or what sets it with Terraform, CloudFormation, the AWS CDK or the ' +
  'AWS CLI.'

export const policyRoutes: FastifyPluginAsyncTypebox<{ computePool: ComputePool }> = async (app, { computePool }) => {
  const answer = (task: `generate${'Key' | 'Role' | 'Bucket' | 'Trust'}Policy`) =>
    jsonAnswer({
      about: aboutUsage,
      answer: (body: Usage, indent, callerId, { mediaType }) =>
        computePool.run(task, { body, indent, mediaType }, callerId),
      mediaTypes: POLICY_TYPES
    })
  const keyPolicy = answer('generateKeyPolicy')
  const rolePolicy = answer('generateRolePolicy')
  const bucketPolicy = answer('generateBucketPolicy')
  const trustPolicy = answer('generateTrustPolicy')
  const policies = jsonAnswer({
    about: ({ usages }: PoliciesRequest) => aboutUsages(usages),
    answer: (body: PoliciesRequest, indent, callerId, { mediaType }) =>
      computePool.run('generatePolicies', { body, indent, mediaType }, callerId),
    mediaTypes: POLICY_TYPES
  })

  app.post(
    '/policies/key',
    {
      config: requires('policies:generate'),
      schema: operation(
        {
          operationId: 'generateKeyPolicy',
          tags,
          summary: 'Generate the key policy',
          description:
            'The policy document of the KMS key, as `aws kms put-key-policy --policy file://policy.json` takes it. It ' +
            'names the service principal and the roles in separate statements. With `existingKeyPolicy` the ' +
            'statements are merged into that policy; a second merge changes nothing.' +
            FORMS,
          querystring: PrettyQuery,
          body: ref(Usage),
          response
        },
        {
          requests: keyPolicyRequests,
          answers: () => ({
            policy: {
              summary: 'The key policy',
              value: generateKeyPolicy(keyPolicyRequests.datasetGroup.value, { indent: 0 })
            }
          }),
          otherAnswers: () => policyForms(keyPoliciesToDeploy(rolePolicyRequests.importsOnly.value)),
          problems: [...MERGE_PROBLEMS, 'KEY_LOCKOUT'],
          hasEntityTag: true
        }
      )
    },
    (request, reply) => keyPolicy(request, reply)
  )

  app.post(
    '/policies/iam',
    {
      config: requires('policies:generate'),
      schema: operation(
        {
          operationId: 'generateRolePolicy',
          tags,
          summary: 'Generate the permissions policy of the service role',
          description:
            'The policy document of the service role, as `aws iam put-role-policy --policy-document ' +
            'file://policy.json` takes it. Its resources are the keys, `*` only when none is named. With `locations` ' +
            'it also has the statements for Amazon S3 and, for metric attributions, Amazon CloudWatch. Dataset ' +
            'import jobs alone need no statement while key and role share an account: then the answer is 204.' +
            FORMS,
          querystring: PrettyQuery,
          body: ref(Usage),
          response: {
            ...response,
            204: Type.Unsafe<undefined>({
              type: 'null',
              description: 'The role needs no permissions policy for this usage.'
            })
          }
        },
        {
          requests: rolePolicyRequests,
          answers: () => ({
            policy: {
              summary: 'The permissions policy',
              value: generateRolePolicy(rolePolicyRequests.datasetGroup.value)
            }
          }),
          otherAnswers: () => policyForms(rolePoliciesToDeploy(rolePolicyRequests.datasetGroup.value)),
          problems: MERGE_PROBLEMS,
          hasEntityTag: true
        }
      )
    },
    (request, reply) => rolePolicy(request, reply)
  )

  app.post(
    '/policies/bucket',
    {
      config: requires('policies:generate'),
      schema: operation(
        {
          operationId: 'generateBucketPolicy',
          tags,
          summary: 'Generate the bucket policy',
          description:
            'The policy document of the one bucket of the locations, as `aws s3api put-bucket-policy --policy ' +
            'file://policy.json` takes it. It names the service principal, and the roles where ' +
            'the bucket is in another ' +
            'account. With `existingBucketPolicy` the statements are merged into that policy; a second merge changes ' +
            'nothing.' +
            FORMS,
          querystring: PrettyQuery,
          body: ref(Usage),
          response
        },
        {
          requests: bucketPolicyRequests,
          answers: () => ({
            policy: {
              summary: 'The bucket policy',
              value: generateBucketPolicy(bucketPolicyRequests.import.value, { indent: 0 })
            }
          }),
          otherAnswers: () => policyForms(bucketPoliciesToDeploy(bucketPolicyRequests.import.value)),
          problems: MERGE_PROBLEMS,
          hasEntityTag: true
        }
      )
    },
    (request, reply) => bucketPolicy(request, reply)
  )

  app.post(
    '/policies/trust',
    {
      config: requires('policies:generate'),
      schema: operation(
        {
          operationId: 'generateTrustPolicy',
          tags,
          summary: 'Generate the trust policy of the service role',
          description:
            'Allows Amazon Personalize to assume the role, for one account: `aws:SourceAccount` and `aws:SourceArn` ' +
            'name the account that runs Amazon Personalize.' +
            FORMS,
          querystring: PrettyQuery,
          body: ref(Usage),
          response
        },
        {
          requests: trustPolicyRequests,
          answers: () => ({
            policy: { summary: 'The trust policy', value: generateTrustPolicy(trustPolicyRequests.oneRole.value) }
          }),
          otherAnswers: () => policyForms(trustPoliciesToDeploy(trustPolicyRequests.oneRole.value)),
          problems: ['INCONSISTENT_USAGE', 'CUSTOMER_KEY_NOT_SUPPORTED'],
          hasEntityTag: true
        }
      )
    },
    (request, reply) => trustPolicy(request, reply)
  )

  app.post(
    '/policies',
    {
      config: requires('policies:generate'),
      schema: operation(
        {
          operationId: 'generatePolicies',
          tags,
          summary: 'Generate every policy of several usages',
          description:
            'For a team in which not every role uses every key for every operation. One key policy per key, one ' +
            'permissions policy and one trust policy per role, over all usages; each statement says why it is there.' +
            FORMS +
            ' Usages without a key share a new key there.',
          querystring: PrettyQuery,
          body: ref(PoliciesRequest),
          response: {
            200: { description: 'The policies.', content: policyContent(ref(PoliciesResponse)) }
          }
        },
        {
          requests: policiesRequests,
          answers: () => ({
            policies: { summary: 'The policies', value: generatePolicies(policiesRequests.twoTeams.value) }
          }),
          otherAnswers: () => policyForms({
            ...policiesToDeploy({ usages: [rolePolicyRequests.crossAccount.value] }),
            keyPolicies: []
          }),
          problems: [...MERGE_PROBLEMS, 'KEY_LOCKOUT'],
          hasEntityTag: true
        }
      )
    },
    (request, reply) => policies(request, reply)
  )
}

/** What a generation is about, for its log line. */
function aboutUsages (usages: readonly Usage[]): Audit {
  const [keys, roles] = [new Set<string>(), new Set<string>()]
  for (const { kmsKeyArns = [] } of usages) for (const arn of kmsKeyArns) keys.add(arn)
  for (const { roleArns } of usages) for (const arn of roleArns) roles.add(arn)
  return { kmsKeyArns: [...keys], roleArns: [...roles] }
}

const aboutUsage = ({ kmsKeyArns = [], roleArns }: Usage): Audit => ({ kmsKeyArns, roleArns })
