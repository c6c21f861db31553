import { Type, type Static } from 'typebox'
import { AccountId, KmsKeyReference, RoleArn } from './arn.js'
import { PolicyInput } from './policy-document.js'
import { ref } from './ref.js'

/** AWS's resource words for what Amazon Personalize does with a key. */
export const OPERATIONS = [
  'datasetGroup',
  'datasetImportJob',
  'datasetExportJob',
  'batchInferenceJob',
  'batchSegmentJob',
  'metricAttribution',
  'dataDeletionJob'
] as const
export const Operation = Type.Unsafe<(typeof OPERATIONS)[number]>({
  $id: 'Operation',
  type: 'string',
  enum: OPERATIONS,
  description: 'A kind of Amazon Personalize resource that uses the key.'
})
export type Operation = Static<typeof Operation>

export const PROFILES = ['documented', 'derived'] as const
export const Profile = Type.Unsafe<(typeof PROFILES)[number]>({
  $id: 'Profile',
  type: 'string',
  enum: PROFILES,
  default: 'documented',
  description: '`documented`: exactly what the AWS page demands. `derived`: least privilege by inference.'
})
export type Profile = Static<typeof Profile>

export const SOURCE_CONDITIONS = ['none', 'ifExists', 'strict'] as const
export const SourceConditions = Type.Unsafe<(typeof SOURCE_CONDITIONS)[number]>({
  $id: 'SourceConditions',
  type: 'string',
  enum: SOURCE_CONDITIONS,
  default: 'ifExists',
  description:
    '`aws:SourceAccount` and `aws:SourceArn` on the statement of the service principal: ' +
      'left out, checked when sent, or required.'
})
export type SourceConditions = Static<typeof SourceConditions>

const members = {
  operations: Type.Array(ref(Operation), {
    minItems: 1,
    uniqueItems: true,
    description: 'What Amazon Personalize does with the keys.'
  }),
  roleArns: Type.Array(ref(RoleArn), {
    minItems: 1,
    maxItems: 50,
    uniqueItems: true,
    description: 'The service roles passed to Amazon Personalize.'
  }),
  accountId: Type.Optional(ref(AccountId)),
  region: Type.Optional(
    Type.String({
      pattern: '^[a-z]{2}(-[a-z]+)+-\\d+$',
      maxLength: 32,
      description: 'Region of Amazon Personalize. Default: the Region of the first key.'
    })
  ),
  profile: Type.Optional(ref(Profile)),
  sourceConditions: Type.Optional(ref(SourceConditions)),
  delegateToIam: Type.Optional(
    Type.Boolean({
      default: true,
      description:
        "Keep the statement that lets IAM policies of the key's account grant access; " +
          'without it there may be no principal that can change the key policy.'
    })
  ),
  existingKeyPolicy: Type.Optional(ref(PolicyInput)),
  existingRolePolicy: Type.Optional(ref(PolicyInput))
}
const keys = Type.Array(ref(KmsKeyReference), {
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
  description: 'The customer-managed keys.'
})

/** How a team uses Amazon Personalize: which operations, with which roles and keys. */
export const Usage = Type.Object(
  { ...members, kmsKeyArns: Type.Optional(keys) },
  {
    $id: 'Usage',
    additionalProperties: false,
    description: 'How a team uses Amazon Personalize. Every role performs every operation with every key.'
  }
)
export type Usage = Static<typeof Usage>

/** The same where keys are needed: there is nothing to verify without one. */
export const VerifiableUsage = Type.Object(
  { ...members, kmsKeyArns: keys },
  {
    $id: 'VerifiableUsage',
    additionalProperties: false,
    description: 'A usage whose keys are named, so that they can be verified.'
  }
)
export type VerifiableUsage = Static<typeof VerifiableUsage>
