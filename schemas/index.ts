import { AccountId, KmsKeyReference, RoleArn } from './arn.js'
import { DatasetGroupLine, DatasetGroupReport, DatasetGroupRequest, GroupVerification } from './dataset-group.js'
import { DenialCause, DenialText, ExplainRequest, Explanation } from './explanation.js'
import { PoliciesRequest, PoliciesResponse, Requirement, RequirementsResponse } from './generation.js'
import { Grant, GrantsInput, KeyMetadata, KeyMetadataInput } from './key-answers.js'
import { ProposedDocuments, Reads, VerifyRequest } from './live.js'
import { PolicyDocument, PolicyInput } from './policy-document.js'
import { Problem } from './problem.js'
import { ErrorDocumentation, Health } from './service.js'
import { Location, Operation, Profile, SourceConditions, Usage, VerifiableUsage } from './usage.js'
import { ContextKeys, VerificationContext } from './verification-context.js'
import { VerificationLine } from './verification-line.js'
import {
  BucketDocuments,
  Check,
  Finding,
  KeyDocuments,
  Remediation,
  Report,
  ReportSummary,
  RoleDocuments,
  S3Check,
  StatementReference,
  VerifyDocumentsRequest
} from './verification.js'

/** Every named schema, in the order in which the API document lists them. */
export const namedSchemas = [
  Usage,
  VerifiableUsage,
  Location,
  Operation,
  Profile,
  SourceConditions,
  RoleArn,
  KmsKeyReference,
  AccountId,
  PolicyDocument,
  PolicyInput,
  PoliciesRequest,
  PoliciesResponse,
  Requirement,
  RequirementsResponse,
  VerifyRequest,
  ProposedDocuments,
  VerifyDocumentsRequest,
  KeyDocuments,
  RoleDocuments,
  BucketDocuments,
  Grant,
  GrantsInput,
  KeyMetadata,
  KeyMetadataInput,
  VerificationContext,
  ContextKeys,
  Report,
  ReportSummary,
  Reads,
  Check,
  S3Check,
  StatementReference,
  Finding,
  Remediation,
  VerificationLine,
  ExplainRequest,
  Explanation,
  DenialText,
  DenialCause,
  DatasetGroupRequest,
  DatasetGroupReport,
  DatasetGroupLine,
  GroupVerification,
  Health,
  ErrorDocumentation,
  Problem
] as const
