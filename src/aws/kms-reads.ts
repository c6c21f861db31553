import {
  DescribeKeyCommand, GetKeyPolicyCommand, ListGrantsCommand,
  type DescribeKeyCommandInput, type DescribeKeyCommandOutput, type GetKeyPolicyCommandInput, type GetKeyPolicyCommandOutput,
  type ListGrantsCommandInput, type ListGrantsCommandOutput
} from '@aws-sdk/client-kms'
import type { Grant, KeyMetadata } from '../../schemas/key-answers.js'
import type { Read } from '../verify/policy-source.js'
import { failed } from './call.js'
import type { AwsClients } from './clients.js'
import type { CallFailure } from './errors.js'
import { toGrantEntry, toKeyMetadata } from './kms-shapes.js'
import { memo } from './memo.js'
import type { DefineOperation, Place, Scope } from './operation.js'
import { readPages } from './pages.js'

type Unread = Exclude<Read<never>, { state: 'read' }>

const GRANTS_PER_PAGE = 100 // the most that ListGrants gives

/** KMS's reads in one Region and account, each made once for an ARN: a request may name a key twice, by its ARN and by an alias. */
export interface KeyReads {
  describe (arn: string): Promise<Read<KeyMetadata>>
  policy (keyArn: string): Promise<Read<unknown>>
  grants (keyArn: string): Promise<Read<Grant[]>>
}

export function kmsReading (define: DefineOperation, clients: AwsClients): (place: Place, scope: Scope) => KeyReads {
  const describeKey = define<DescribeKeyCommandInput, DescribeKeyCommandOutput>('kms', 'DescribeKey', (place, input, options) =>
    clients.kms(place).send(new DescribeKeyCommand(input), options))
  const getKeyPolicy = define<GetKeyPolicyCommandInput, GetKeyPolicyCommandOutput>('kms', 'GetKeyPolicy', (place, input, options) =>
    clients.kms(place).send(new GetKeyPolicyCommand(input), options))
  const listGrants = define<ListGrantsCommandInput, ListGrantsCommandOutput>('kms', 'ListGrants', (place, input, options) =>
    clients.kms(place).send(new ListGrantsCommand(input), options))

  return (place, scope) => ({
    describe: memo(async (arn): Promise<Read<KeyMetadata>> => {
      const outcome = await describeKey(place, arn, { KeyId: arn }, scope)
      if (!outcome.ok) return absent(outcome)
      const metadata = outcome.value.KeyMetadata
      return metadata === undefined ? empty('DescribeKey') : { state: 'read', value: toKeyMetadata(metadata) }
    }),
    policy: memo(async (keyArn): Promise<Read<unknown>> => {
      const outcome = await getKeyPolicy(place, keyArn, { KeyId: keyArn, PolicyName: 'default' }, scope)
      if (!outcome.ok) return absent(outcome)
      return outcome.value.Policy === undefined ? empty('GetKeyPolicy') : { state: 'read', value: outcome.value.Policy }
    }),
    grants: memo(async (keyArn): Promise<Read<Grant[]>> => {
      const listed = await readPages('ListGrants',
        (Marker) => listGrants(place, keyArn, { KeyId: keyArn, Limit: GRANTS_PER_PAGE, Marker }, scope),
        ({ Grants, Truncated, NextMarker }) => ({ items: Grants, truncated: Truncated === true, marker: NextMarker }))
      return listed.failure === undefined ? { state: 'read', value: listed.items.map(toGrantEntry) } : absent(listed.failure)
    })
  })
}

function absent (failure: CallFailure): Unread {
  return failure.missing ? { state: 'notFound', why: failure.why } : failed(failure)
}

function empty (operation: string): Unread {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}
