import {
  DescribeBatchInferenceJobCommand,
  type DescribeBatchInferenceJobCommandInput,
  type DescribeBatchInferenceJobCommandOutput,
  DescribeBatchSegmentJobCommand,
  type DescribeBatchSegmentJobCommandInput,
  type DescribeBatchSegmentJobCommandOutput,
  DescribeDataDeletionJobCommand,
  type DescribeDataDeletionJobCommandInput,
  type DescribeDataDeletionJobCommandOutput,
  DescribeDatasetExportJobCommand,
  type DescribeDatasetExportJobCommandInput,
  type DescribeDatasetExportJobCommandOutput,
  DescribeDatasetGroupCommand,
  type DescribeDatasetGroupCommandInput,
  type DescribeDatasetGroupCommandOutput,
  DescribeDatasetImportJobCommand,
  type DescribeDatasetImportJobCommandInput,
  type DescribeDatasetImportJobCommandOutput,
  DescribeMetricAttributionCommand,
  type DescribeMetricAttributionCommandInput,
  type DescribeMetricAttributionCommandOutput,
  ListBatchInferenceJobsCommand,
  type ListBatchInferenceJobsCommandInput,
  type ListBatchInferenceJobsCommandOutput,
  ListBatchSegmentJobsCommand,
  type ListBatchSegmentJobsCommandInput,
  type ListBatchSegmentJobsCommandOutput,
  ListDataDeletionJobsCommand,
  type ListDataDeletionJobsCommandInput,
  type ListDataDeletionJobsCommandOutput,
  ListDatasetExportJobsCommand,
  type ListDatasetExportJobsCommandInput,
  type ListDatasetExportJobsCommandOutput,
  ListDatasetImportJobsCommand,
  type ListDatasetImportJobsCommandInput,
  type ListDatasetImportJobsCommandOutput,
  ListDatasetsCommand,
  type ListDatasetsCommandInput,
  type ListDatasetsCommandOutput,
  ListMetricAttributionsCommand,
  type ListMetricAttributionsCommandInput,
  type ListMetricAttributionsCommandOutput,
  ListSolutionsCommand,
  type ListSolutionsCommandInput,
  type ListSolutionsCommandOutput,
  PersonalizeClient
} from '@aws-sdk/client-personalize'
import type { ClientCache } from './clients.js'
import type { DefineOperation, RequestScope } from './shared-call.js'

type ClientOf = (place: RequestScope) => PersonalizeClient

/** The operations of Amazon Personalize that discovery calls, as the whole process makes them. */
export function personalizeOperations (define: DefineOperation, clients: ClientCache) {
  const client = clients.kept((options) => new PersonalizeClient(options))
  return { ...descriptions(define, client), ...lists(define, client) }
}

function descriptions (define: DefineOperation, client: ClientOf) {
  return {
    describeDatasetGroup: define<DescribeDatasetGroupCommandInput, DescribeDatasetGroupCommandOutput>(
      'personalize',
      'DescribeDatasetGroup',
      (place, input, options) => client(place).send(new DescribeDatasetGroupCommand(input), options)
    ),
    describeDatasetImportJob: define<DescribeDatasetImportJobCommandInput, DescribeDatasetImportJobCommandOutput>(
      'personalize',
      'DescribeDatasetImportJob',
      (place, input, options) => client(place).send(new DescribeDatasetImportJobCommand(input), options)
    ),
    describeDatasetExportJob: define<DescribeDatasetExportJobCommandInput, DescribeDatasetExportJobCommandOutput>(
      'personalize',
      'DescribeDatasetExportJob',
      (place, input, options) => client(place).send(new DescribeDatasetExportJobCommand(input), options)
    ),
    describeBatchInferenceJob: define<DescribeBatchInferenceJobCommandInput, DescribeBatchInferenceJobCommandOutput>(
      'personalize',
      'DescribeBatchInferenceJob',
      (place, input, options) => client(place).send(new DescribeBatchInferenceJobCommand(input), options)
    ),
    describeBatchSegmentJob: define<DescribeBatchSegmentJobCommandInput, DescribeBatchSegmentJobCommandOutput>(
      'personalize',
      'DescribeBatchSegmentJob',
      (place, input, options) => client(place).send(new DescribeBatchSegmentJobCommand(input), options)
    ),
    describeMetricAttribution: define<DescribeMetricAttributionCommandInput, DescribeMetricAttributionCommandOutput>(
      'personalize',
      'DescribeMetricAttribution',
      (place, input, options) => client(place).send(new DescribeMetricAttributionCommand(input), options)
    ),
    describeDataDeletionJob: define<DescribeDataDeletionJobCommandInput, DescribeDataDeletionJobCommandOutput>(
      'personalize',
      'DescribeDataDeletionJob',
      (place, input, options) => client(place).send(new DescribeDataDeletionJobCommand(input), options)
    )
  }
}

function lists (define: DefineOperation, client: ClientOf) {
  return {
    listDatasets: define<ListDatasetsCommandInput, ListDatasetsCommandOutput>(
      'personalize',
      'ListDatasets',
      (place, input, options) => client(place).send(new ListDatasetsCommand(input), options)
    ),
    listSolutions: define<ListSolutionsCommandInput, ListSolutionsCommandOutput>(
      'personalize',
      'ListSolutions',
      (place, input, options) => client(place).send(new ListSolutionsCommand(input), options)
    ),
    listDatasetImportJobs: define<ListDatasetImportJobsCommandInput, ListDatasetImportJobsCommandOutput>(
      'personalize',
      'ListDatasetImportJobs',
      (place, input, options) => client(place).send(new ListDatasetImportJobsCommand(input), options)
    ),
    listDatasetExportJobs: define<ListDatasetExportJobsCommandInput, ListDatasetExportJobsCommandOutput>(
      'personalize',
      'ListDatasetExportJobs',
      (place, input, options) => client(place).send(new ListDatasetExportJobsCommand(input), options)
    ),
    listBatchInferenceJobs: define<ListBatchInferenceJobsCommandInput, ListBatchInferenceJobsCommandOutput>(
      'personalize',
      'ListBatchInferenceJobs',
      (place, input, options) => client(place).send(new ListBatchInferenceJobsCommand(input), options)
    ),
    listBatchSegmentJobs: define<ListBatchSegmentJobsCommandInput, ListBatchSegmentJobsCommandOutput>(
      'personalize',
      'ListBatchSegmentJobs',
      (place, input, options) => client(place).send(new ListBatchSegmentJobsCommand(input), options)
    ),
    listMetricAttributions: define<ListMetricAttributionsCommandInput, ListMetricAttributionsCommandOutput>(
      'personalize',
      'ListMetricAttributions',
      (place, input, options) => client(place).send(new ListMetricAttributionsCommand(input), options)
    ),
    listDataDeletionJobs: define<ListDataDeletionJobsCommandInput, ListDataDeletionJobsCommandOutput>(
      'personalize',
      'ListDataDeletionJobs',
      (place, input, options) => client(place).send(new ListDataDeletionJobsCommand(input), options)
    )
  }
}

export type PersonalizeOperations = ReturnType<typeof personalizeOperations>
