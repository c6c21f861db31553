import type { DatasetGroupReport, DatasetGroupRequest } from '../../schemas/dataset-group.js'

const GROUP = 'arn:aws:personalize:us-east-1:111122223333:dataset-group/shop'
const JOB = 'arn:aws:personalize:us-east-1:111122223333:dataset-import-job/interactions'
const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'

export const datasetGroupRequests = {
  all: { summary: 'The failed jobs, and the five newest of each kind', value: { datasetGroupArn: GROUP } },
  failed: { summary: 'Only the failed jobs', value: { datasetGroupArn: GROUP, include: ['failed'] } }
} satisfies Record<string, { summary: string; value: DatasetGroupRequest }>

const failure = {
  operation: 'datasetImportJob',
  arn: JOB,
  status: 'CREATE FAILED',
  failureReason: 'Insufficient privileges for accessing data in Amazon S3.'
} satisfies DatasetGroupReport['failures'][number]

const job = {
  ...failure,
  createdAt: '2026-11-23T12:00:00.000Z',
  roleArn: ROLE,
  locations: [{ uri: 's3://amzn-s3-demo-bucket/interactions/', direction: 'read' }]
} satisfies DatasetGroupReport['jobs'][number]

/** What AWS refuses to read is not evaluated; a report of a usage is shown with `POST /verify`. */
const notEvaluated = {
  what: JOB,
  why: 'The service has no usable AWS credentials.'
} satisfies DatasetGroupReport['notEvaluated'][number]

const result = {
  verdict: 'indeterminate',
  verdicts: { documented: 'indeterminate', effective: 'indeterminate' },
  observedAt: '2026-11-23T12:00:00.000Z',
  datasetGroup: { arn: GROUP, status: 'ACTIVE' }
} satisfies Partial<DatasetGroupReport>

export const datasetGroupReport: DatasetGroupReport = {
  ...result,
  failures: [failure],
  verifications: [],
  jobs: [job],
  notEvaluated: [notEvaluated]
}

export const datasetGroupLines = [
  { type: 'progress', step: 'list', done: 6, total: 6 },
  { type: 'failure', failure },
  { type: 'job', job },
  { type: 'notEvaluated', ...notEvaluated },
  { type: 'summary', ...result, counts: { failures: 1, jobs: 1, verifications: 0, notEvaluated: 1 } }
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('')
