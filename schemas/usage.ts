import { Type, type Static } from 'typebox'
import { AccountId, KmsKeyReference, RoleArn } from './arn.js'
import { PolicyInput } from './policy-document.js'
import { described, ref } from './ref.js'

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
  description:
    'A kind of Amazon Personalize resource that uses the key.\n' +
    '* `datasetGroup`: a dataset group that is encrypted with the key, and all that is created in it.\n' +
    '* `datasetImportJob`: imports data from S3 objects that are encrypted with the key.\n' +
    '* `datasetExportJob`: exports a dataset to S3, and encrypts the output with the key. Together with ' +
    '`datasetGroup` the key also decrypts the exported data.\n' +
    '* `batchInferenceJob`: reads batch input from S3 and writes recommendations to S3, both ' +
    'encrypted with the key.\n' +
    '* `batchSegmentJob`: reads batch input from S3 and writes user segments to S3, both encrypted with the key.\n' +
    '* `metricAttribution`: writes metric reports to S3, encrypted with the key.\n' +
    '* `dataDeletionJob`: deletes users. Amazon Personalize supports no customer-managed key for it: 422 ' +
    '`CUSTOMER_KEY_NOT_SUPPORTED`.'
})
export type Operation = Static<typeof Operation>

const PROFILES = ['documented', 'derived'] as const
export const Profile = Type.Unsafe<(typeof PROFILES)[number]>({
  $id: 'Profile',
  type: 'string',
  enum: PROFILES,
  default: 'documented',
  description:
    'Which permissions are required.\n' +
    '* `documented`: exactly those of the AWS documentation, which has one list for all operations.\n' +
    '* `derived`: the fewest that each operation needs, inferred from what KMS and S3 document. AWS does not confirm ' +
    'them: test before you rely on them.'
})
export type Profile = Static<typeof Profile>

const SOURCE_CONDITIONS = ['none', 'ifExists', 'strict'] as const
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

const DIRECTIONS = ['read', 'write'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** A place in Amazon S3 that Amazon Personalize reads from or writes to. */
export const Location = Type.Object(
  {
    uri: Type.String({
      pattern: '^(s3|http|https)://.+',
      maxLength: 256,
      description:
        'URI as Amazon Personalize takes it: `s3://bucket/prefix`. It names every object whose key begins with the ' +
        'prefix: `folder` also names `folder_old/…`, `folder/` does not.'
    }),
    direction: Type.Optional(
      Type.Unsafe<Direction>({
        type: 'string',
        enum: DIRECTIONS,
        description:
          'Default: what the operations do. Import and deletion jobs read, export jobs and ' +
          'metric attributions write, ' +
          'batch jobs do both.'
      })
    ),
    operations: Type.Optional(
      Type.Array(ref(Operation), {
        minItems: 1,
        uniqueItems: true,
        description: 'The operations of the usage that use this location. Default: all that fit the direction.'
      })
    ),
    accountId: Type.Optional(
      Type.String({
        pattern: '^\\d{12}$',
        description: 'The account that owns the bucket. Default: the account that runs Amazon Personalize.'
      })
    ),
    kmsKeyArn: Type.Optional(ref(KmsKeyReference))
  },
  {
    $id: 'Location',
    additionalProperties: false,
    description:
      'A location in Amazon S3. `kmsKeyArn`: the key that the job names for its output, or that the objects are ' +
      'encrypted with.'
  }
)
export type Location = Static<typeof Location>

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
  accountId: Type.Optional(
    described(
      AccountId,
      'The account that runs Amazon Personalize. Default: the account of the first role. `aws:SourceAccount` and ' +
        '`aws:SourceArn` of the generated policies name it.'
    )
  ),
  region: Type.Optional(
    Type.String({
      pattern: '^[a-z]{2}(-[a-z]+)+-\\d+$',
      maxLength: 32,
      examples: ['us-east-1'],
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
  locations: Type.Optional(
    Type.Array(ref(Location), {
      minItems: 1,
      maxItems: 50,
      uniqueItems: true,
      description: 'Where in Amazon S3 the operations read and write. Every role uses every location.'
    })
  ),
  existingKeyPolicy: Type.Optional(
    described(
      PolicyInput,
      'The policy that the key has now. The generated statements are merged into it: its own statements stay as they ' +
        'are and in their order, statements of an earlier merge are replaced. Only for the routes under `/policies`.'
    )
  ),
  existingRolePolicy: Type.Optional(
    described(
      PolicyInput,
      'A permissions policy that the role has now. The generated statements are merged into it, as in ' +
        '`existingKeyPolicy`. Only for the routes under `/policies`.'
    )
  ),
  existingBucketPolicy: Type.Optional(
    described(
      PolicyInput,
      'The policy that the bucket has now. The generated statements are merged into it, as in `existingKeyPolicy`. ' +
        'Only for the routes under `/policies`.'
    )
  )
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

/** The same where keys or locations are needed: there is nothing to verify without one. */
export const VerifiableUsage = Type.Object(
  { ...members, kmsKeyArns: Type.Optional(keys) },
  {
    $id: 'VerifiableUsage',
    additionalProperties: false,
    anyOf: [{ required: ['kmsKeyArns'] }, { required: ['locations'] }],
    description:
      'A usage whose keys or locations are named, so that they can be verified. With `locations` the keys are also ' +
      'those that a location names, or that the bucket encrypts with.'
  }
)
export type VerifiableUsage = Static<typeof VerifiableUsage>
/** A usage that names its keys itself. */
export type UsageOfKeys = VerifiableUsage & Required<Pick<VerifiableUsage, 'kmsKeyArns'>>
