import type { ObservedOrganization } from './organization.js'
import type { ObservedKey, ObservedRole, PolicySource, Read } from './policy-source.js'
import { TIMED_OUT, withinSignal } from './within-signal.js'

/** Everything whose policies may name tags or aliases of one key. */
export interface NamingPolicies {
  key: ObservedKey
  roles: readonly ObservedRole[]
  organizations: readonly ObservedOrganization[] | undefined
}

/** The key with its tags and aliases, each read only where a policy names such a condition key. */
export async function readKeyAttributes (
  source: PolicySource,
  { key, roles, organizations = [] }: NamingPolicies,
  signal: AbortSignal
): Promise<ObservedKey> {
  const { readKeyTags, readKeyAliases } = source
  // Of a key that is not there, or may not be seen, there is nothing to read.
  if ((readKeyTags === undefined && readKeyAliases === undefined) || key.metadata.state === 'notFound') return key
  const documents = [
    ...(key.keyPolicy.state === 'read' ? [key.keyPolicy.value] : []),
    ...roles.flatMap(documentsOfRole),
    ...organizations.flatMap(documentsOfOrganization)
  ].map((document) => (typeof document === 'string' ? document : JSON.stringify(document)).toLowerCase())
  const isNamed = (name: string): boolean => documents.some((text) => text.includes(name))
  const within = async <T>(read: Promise<Read<T>> | undefined): Promise<Read<T> | undefined> =>
    read === undefined ? undefined : await withinSignal(read, signal, () => TIMED_OUT)
  const [tags, aliases] = await Promise.all([
    isNamed('aws:resourcetag/') ? within(readKeyTags?.(key.kmsKeyArn, signal)) : undefined,
    isNamed('kms:resourcealiases') || isNamed('kms:requestalias')
      ? within(readKeyAliases?.(key.kmsKeyArn, signal))
      : undefined
  ])
  return { ...key, ...(tags === undefined ? {} : { tags }), ...(aliases === undefined ? {} : { aliases }) }
}

function documentsOfRole ({ identityPolicies, permissionsBoundary }: ObservedRole): unknown[] {
  const boundary = permissionsBoundary.state === 'read' ? [permissionsBoundary.value.document] : []
  return [...identityPolicies.read.map(({ document }) => document), ...boundary]
}

function documentsOfOrganization ({
  policies: { serviceControlPolicies, resourceControlPolicies }
}: ObservedOrganization): unknown[] {
  return [serviceControlPolicies, resourceControlPolicies].flatMap((read) =>
    read.state === 'read' ? read.value.flatMap((level) => level.read.map(({ document }) => document)) : []
  )
}
