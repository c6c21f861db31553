import { generateKeyPolicy, generateRolePolicy, generateTrustPolicy } from '../../src/policies/generate.js'
import type { FakeJob, FakeWorld } from '../fake-aws/world.js'

const ACCOUNT = '111122223333'
const personalize = (resource: string): string => `arn:aws:personalize:us-east-1:${ACCOUNT}:${resource}`

export const GROUP = personalize('dataset-group/shop')
export const GROUP_ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`
export const GROUP_KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const OUTPUT_KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/9999abcd-12ab-34cd-56ef-1234567890ab`
export const FAILURE = 'Insufficient privileges for accessing data in Amazon S3.'
const INTERACTIONS = personalize('dataset/shop/INTERACTIONS')
const ITEMS = personalize('dataset/shop/ITEMS')
const SOLUTION = personalize('solution/shop')

const reads = (uri: string) => [{ uri, direction: 'read' }]
const writes = (uri: string) => [{ uri, direction: 'write', kmsKeyArn: OUTPUT_KEY }]
const output = { s3DataDestination: { path: 's3://amzn-s3-demo-bucket/out/', kmsKeyArn: OUTPUT_KEY } }
const both = {
  jobInput: { s3DataSource: { path: 's3://amzn-s3-demo-bucket/batch/users.json' } },
  jobOutput: output
}

/** One job of each kind, and what its description comes to. */
export const JOB_ARNS = {
  datasetImportJob: {
    arn: personalize('dataset-import-job/failed'),
    job: { roleArn: GROUP_ROLE, failureReason: FAILURE, locations: reads('s3://amzn-s3-demo-bucket/in/') }
  },
  datasetExportJob: {
    arn: personalize('dataset-export-job/export'),
    job: { roleArn: GROUP_ROLE, locations: writes('s3://amzn-s3-demo-bucket/out/') }
  },
  batchInferenceJob: {
    arn: personalize('batch-inference-job/own'),
    job: {
      roleArn: GROUP_ROLE,
      locations: [...reads('s3://amzn-s3-demo-bucket/batch/users.json'), ...writes('s3://amzn-s3-demo-bucket/out/')]
    }
  },
  batchSegmentJob: {
    arn: personalize('batch-segment-job/own'),
    job: { roleArn: GROUP_ROLE, locations: [{ direction: 'read' }, { direction: 'write' }] }
  },
  metricAttribution: {
    arn: personalize('metric-attribution/shop'),
    job: { roleArn: GROUP_ROLE, locations: writes('s3://amzn-s3-demo-bucket/out/') }
  },
  dataDeletionJob: {
    arn: personalize('data-deletion-job/delete'),
    job: { roleArn: GROUP_ROLE, locations: reads('s3://amzn-s3-demo-bucket/delete/') }
  }
}

const job = (arn: string, minute: number, more: Partial<FakeJob>): FakeJob => ({
  arn,
  status: 'ACTIVE',
  createdAt: `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`,
  description: {},
  ...more
})

const importJob = (name: string, minute: number, more: Partial<FakeJob> = {}): FakeJob =>
  job(personalize(`dataset-import-job/${name}`), minute, {
    datasetArn: INTERACTIONS,
    description: { roleArn: GROUP_ROLE, dataSource: { dataLocation: `s3://amzn-s3-demo-bucket/in/${name}/` } },
    ...more
  })

/** A dataset group with a key, jobs of each kind, and jobs of another group. */
export function installGroup (world: FakeWorld): void {
  const own = { solutionVersionArn: `${SOLUTION}/1`, description: { roleArn: GROUP_ROLE, ...both } }
  const foreign = { ...own, solutionVersionArn: `${SOLUTION}-other/1` }
  world.personalize = {
    groups: { [GROUP]: { name: 'shop', status: 'ACTIVE', roleArn: GROUP_ROLE, kmsKeyArn: GROUP_KEY } },
    datasets: { [GROUP]: [INTERACTIONS, ITEMS] },
    solutions: { [GROUP]: [SOLUTION] },
    jobs: {
      DatasetImportJob: [
        importJob('failed', 1, {
          status: 'CREATE FAILED',
          failureReason: FAILURE,
          description: { roleArn: GROUP_ROLE, dataSource: { dataLocation: 's3://amzn-s3-demo-bucket/in/' } }
        }),
        ...[2, 3, 4].map((minute) => importJob(`works-${minute}`, minute)),
        importJob('foreign', 59, { datasetArn: personalize('dataset/other/INTERACTIONS') })
      ],
      DatasetExportJob: [
        job(JOB_ARNS.datasetExportJob.arn, 5, {
          status: 'CREATE IN_PROGRESS',
          datasetArn: ITEMS,
          description: { roleArn: GROUP_ROLE, jobOutput: output }
        })
      ],
      BatchInferenceJob: [
        job(JOB_ARNS.batchInferenceJob.arn, 6, own),
        job(personalize('batch-inference-job/foreign'), 7, foreign)
      ],
      BatchSegmentJob: [job(JOB_ARNS.batchSegmentJob.arn, 8, own)],
      MetricAttribution: [
        job(JOB_ARNS.metricAttribution.arn, 9, {
          datasetGroupArn: GROUP,
          description: { metricsOutputConfig: { roleArn: GROUP_ROLE, ...output } }
        })
      ],
      DataDeletionJob: [
        job(JOB_ARNS.dataDeletionJob.arn, 10, {
          status: 'COMPLETED',
          datasetGroupArn: GROUP,
          description: { roleArn: GROUP_ROLE, dataSource: { dataLocation: 's3://amzn-s3-demo-bucket/delete/' } }
        })
      ]
    }
  }
}

const OPERATIONS = ['datasetGroup', 'datasetImportJob', 'datasetExportJob', 'batchInferenceJob', 'metricAttribution'] as const

/** The same, and its role may use both keys. */
export function installAllowedGroup (world: FakeWorld): void {
  installGroup(world)
  const usage = { operations: [...OPERATIONS], roleArns: [GROUP_ROLE], kmsKeyArns: [GROUP_KEY, OUTPUT_KEY] }
  const policy = JSON.stringify(generateKeyPolicy(usage, { indent: 0 }))
  world.keys = { [GROUP_KEY]: { policy }, [OUTPUT_KEY]: { policy } }
  world.roles['Personalize'] = {
    arn: GROUP_ROLE,
    trustPolicy: JSON.stringify(generateTrustPolicy(usage)),
    inline: { Kms: JSON.stringify(generateRolePolicy(usage)) }
  }
}
