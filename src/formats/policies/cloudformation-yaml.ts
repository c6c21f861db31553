import {
  type CreateNodeOptions,
  Document,
  type DocumentOptions,
  isMap,
  isNode,
  isScalar,
  Scalar,
  type ScalarTag,
  type SchemaOptions,
  visit
} from 'yaml'
import { type CloudFormationResource, cloudFormationResources } from './cloudformation.js'
import { cloudFormationTemplate, replaceNewKeyArn } from './cloudformation-template.js'
import { policyEntries, type PoliciesModel, reasonsOf } from './model.js'
import { headerLines, statementLines } from './notes.js'
import { commentLines } from './print-value.js'
import { escapeHidden, hasHidden } from './text.js'

/**
 * CloudFormation reads YAML 1.1, in which `2012-10-17` is a date and `on` is true: what any reader could take for
 * something else than text is quoted.
 */
const OPTIONS: DocumentOptions & SchemaOptions & CreateNodeOptions = {
  version: '1.1',
  aliasDuplicateObjects: false,
  customTags: (tags) => [
    EXPONENT,
    // Without merge keys a text `<<` is a text, and quoted.
    ...tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge')
  ]
}

/** Without a point, YAML 1.1 reads `1e+21` as a text. */
const EXPONENT: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  // Nothing is read here; the printer prefers a tag that has a test.
  test: /(?!)/,
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e')
}

/** The policies as a CloudFormation template in YAML, with comments. */
export function renderCloudFormationYaml (model: PoliciesModel): string {
  const resources = cloudFormationResources(policyEntries(model))
  const document = new Document(cloudFormationTemplate(resources, [], false), replaceNewKeyArn, OPTIONS)
  document.commentBefore = comment(headerLines(model), '')
  for (const resource of resources) addComments(document, resource)
  visit(document, { Scalar: (_key, scalar) => quoteUnlessPlain(scalar) })
  return escapeHidden(document.toString({ lineWidth: 0 }))
}

/** A word, name or ARN, which also a reader of another version of YAML takes for text, unless it is one like `on`. */
const PLAIN = /^[A-Za-z][A-Za-z0-9:/._*@+-]*$/

function quoteUnlessPlain (scalar: Scalar): void {
  const { value } = scalar
  if (typeof value === 'string' && (!PLAIN.test(value) || hasHidden(value))) scalar.type = Scalar.QUOTE_DOUBLE
}

function addComments (document: Document, { logicalId, policyProperty, entry, notes }: CloudFormationResource): void {
  const resources = document.get('Resources')
  const key = isMap(resources)
    ? resources.items.find(({ key }) => isScalar(key) && key.value === logicalId)?.key
    : undefined
  if (isScalar(key)) {
    key.commentBefore = comment(notes, '  ')
    key.spaceBefore = isMap(resources) && resources.items[0]?.key !== key
  }
  const reasons = reasonsOf(entry)
  const statements: unknown = entry.policy['Statement']
  for (const [index, statement] of (Array.isArray(statements) ? statements : []).entries()) {
    const node = document.getIn(['Resources', logicalId, 'Properties', policyProperty, 'Statement', index], true)
    const lines = statementLines(reasons.get(statement))
    if (isNode(node) && lines.length > 0) node.commentBefore = comment(lines, ' '.repeat(10))
  }
}

/** Lines of a comment without the sign that begins each, which the printer adds. */
function comment (lines: readonly string[], indent: string): string {
  return commentLines(lines, '#', indent)
    .map((line) => line.trimStart().slice(1) || ' ')
    .join('\n')
}
