import type { Direction, Operation } from '../../schemas/usage.js'
import type { ServiceRequirements } from './requirement-table.js'

const GET = 's3:GetObject'
const PUT = 's3:PutObject'
const LIST = 's3:ListBucket'
const METRIC_DATA = 'cloudwatch:PutMetricData'

const GUIDE = 'https://docs.aws.amazon.com/personalize/latest/dg'
const S3_ACCESS_PAGE = `${GUIDE}/granting-personalize-s3-access.html`
const EXPORT_PAGE = `${GUIDE}/export-permissions.html`
const METRICS_PAGE = `${GUIDE}/metric-attribution-requirements.html`
const DELETION_PAGE = `${GUIDE}/delete-records.html`
const BATCH_PAGE = `${GUIDE}/batch-seg-permissions-req.html`
const CROSS_ACCOUNT_PAGE =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html'

type Need = ServiceRequirements['needs'][number]

function need (operation: Operation, key: string, direction: Direction, actions: readonly string[], page: string): Need {
  const byPolicy = { bucketPolicy: actions, iamPolicy: actions }
  const why =
    direction === 'read'
      ? 'The objects under the prefix are listed and read.'
      : actions.includes(LIST)
        ? 'Objects are written under the prefix; the page of the operation also lists the bucket.'
        : 'Objects are written under the prefix.'
  return {
    operation,
    key,
    direction,
    documented: byPolicy,
    documentedSource: page,
    derived: { actions: byPolicy, why, source: page }
  }
}

/**
 * What Amazon Personalize needs of a bucket. The page prints one list for the input and the output of a batch job;
 * each location needs its own part of it.
 */
export const S3_REQUIREMENTS: ServiceRequirements = {
  service: 's3',
  actions: [GET, PUT, LIST],
  places: [
    {
      principal: 'service',
      policy: 'bucketPolicy',
      reason:
        'Amazon Personalize calls Amazon S3 as its service principal, which no IAM policy reaches: the bucket policy ' +
        'has to name it.'
    },
    {
      principal: 'role',
      policy: 'iamPolicy',
      reason: 'The IAM policy of the service role has to grant access to the bucket.'
    }
  ],
  needs: [
    need('datasetImportJob', 'source objects', 'read', [GET, LIST], S3_ACCESS_PAGE),
    need('datasetExportJob', 'output', 'write', [PUT, LIST], EXPORT_PAGE),
    need('batchInferenceJob', 'input', 'read', [GET, LIST], BATCH_PAGE),
    need('batchInferenceJob', 'output', 'write', [PUT, LIST], BATCH_PAGE),
    need('batchSegmentJob', 'input', 'read', [GET, LIST], BATCH_PAGE),
    need('batchSegmentJob', 'output', 'write', [PUT, LIST], BATCH_PAGE),
    need('metricAttribution', 'output', 'write', [PUT], METRICS_PAGE),
    need('dataDeletionJob', 'input', 'read', [GET, LIST], DELETION_PAGE)
  ],
  acrossAccounts: {
    from: 'iamPolicy',
    to: 'bucketPolicy',
    reason:
      'The bucket is in another account than the role: every permission is needed in the bucket policy as well as in ' +
      'the IAM policy.',
    source: CROSS_ACCOUNT_PAGE
  }
}

const publishes = { iamPolicy: [METRIC_DATA] }

/** What Amazon Personalize needs of Amazon CloudWatch. */
export const CLOUDWATCH_REQUIREMENTS: ServiceRequirements = {
  service: 'cloudwatch',
  actions: [METRIC_DATA],
  places: [
    {
      principal: 'role',
      policy: 'iamPolicy',
      reason: 'A metric attribution publishes its metrics to Amazon CloudWatch as the service role.'
    }
  ],
  needs: [
    {
      operation: 'metricAttribution',
      key: 'metrics',
      documented: publishes,
      documentedSource: METRICS_PAGE,
      derived: { actions: publishes, why: 'The metrics are published to Amazon CloudWatch.', source: METRICS_PAGE }
    }
  ]
}
