import {
  ListAliasesCommand,
  type ListAliasesCommandInput,
  type ListAliasesCommandOutput,
  ListResourceTagsCommand,
  type ListResourceTagsCommandInput,
  type ListResourceTagsCommandOutput
} from '@aws-sdk/client-kms'
import type { Read, Tags } from '../verify/read/policy-source.js'
import { failed } from './call.js'
import type { AwsClients } from './clients.js'
import { memoize } from './memoize.js'
import { readPages } from './pages.js'
import type { DefineOperation, RequestScope, Scope } from './shared-call.js'

/** The most that the lists give at once. */
const ALIASES_PER_PAGE = 100
const TAGS_PER_PAGE = 50

/** What policies may ask of a key beside its policy and its grants. */
export interface KeyAttributeReads {
  tags(keyArn: string): Promise<Read<Tags>>
  /** The names of its aliases. */
  aliases(keyArn: string): Promise<Read<string[]>>
}

/**
 * The lists of a key's tags and aliases, each read once. Both work in the key's own account only.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
 */
export function createKeyAttributeReader (
  define: DefineOperation,
  clients: AwsClients
): (place: RequestScope, scope: Scope) => KeyAttributeReads {
  const listResourceTags = define<ListResourceTagsCommandInput, ListResourceTagsCommandOutput>(
    'kms',
    'ListResourceTags',
    (place, input, options) => clients.kms(place).send(new ListResourceTagsCommand(input), options)
  )
  const listAliases = define<ListAliasesCommandInput, ListAliasesCommandOutput>(
    'kms',
    'ListAliases',
    (place, input, options) => clients.kms(place).send(new ListAliasesCommand(input), options)
  )

  return (place, scope) => ({
    tags: memoize(async (keyArn): Promise<Read<Tags>> => {
      const { items, failure } = await readPages(
        'ListResourceTags',
        (Marker) => listResourceTags(place, keyArn, { KeyId: keyArn, Limit: TAGS_PER_PAGE, Marker }, scope),
        ({ Tags, Truncated, NextMarker }) => ({ items: Tags, truncated: Truncated === true, marker: NextMarker })
      )
      if (failure !== undefined) return failed(failure)
      return {
        state: 'read',
        value: Object.fromEntries(items.map(({ TagKey, TagValue }) => [TagKey ?? '', TagValue ?? '']))
      }
    }),
    aliases: memoize(async (keyArn): Promise<Read<string[]>> => {
      const { items, failure } = await readPages(
        'ListAliases',
        (Marker) => listAliases(place, keyArn, { KeyId: keyArn, Limit: ALIASES_PER_PAGE, Marker }, scope),
        ({ Aliases, Truncated, NextMarker }) => ({ items: Aliases, truncated: Truncated === true, marker: NextMarker })
      )
      return failure === undefined
        ? { state: 'read', value: items.flatMap(({ AliasName }) => AliasName ?? []) }
        : failed(failure)
    })
  })
}
