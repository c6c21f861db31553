import { isObject, type JsonObject } from '../../json/json.js'
import { PlanError, type PlanSettings } from '../plan.js'
import { isUnknown, type Unknown, unknown } from '../unknown.js'
import { conditionHolds, evaluate, functionBeside, NO_VALUE, type TemplateScope } from './evaluate.js'
import { type Place, resourceOf, type TemplateResource, templateScope } from './scope.js'

/** A resource that is created, or may be: then `open` says on what it depends. */
export interface ConditionalResource extends TemplateResource {
  open: Unknown | undefined
}

export interface TemplateContext {
  place: Place
  scope: TemplateScope
  /** Why the template as a whole may be another one. */
  changed: Unknown | undefined
  ofType(...types: readonly string[]): ConditionalResource[]
  /** A property with its functions evaluated; undefined where it is not set. */
  property(resource: TemplateResource, name: string): unknown
}

/** Transforms that change no key, role or policy which the template itself contains. */
const HARMLESS_TRANSFORMS = ['AWS::Serverless-2016-10-31', 'AWS::LanguageExtensions', 'AWS::CodeDeployBlueGreen']

/** The resources of a template, and what their properties are. */
export function templateContext (template: JsonObject, place: Place, settings: PlanSettings): TemplateContext {
  const scope = templateScope(template, place, settings)
  const resources = presentResources(template, scope)
  const changed = changeOf(template)
  return {
    place,
    scope,
    changed,
    ofType: (...types) => resources.filter(({ type }) => types.includes(type)),
    property: ({ properties }, name) => {
      const open = functionBeside(properties)
      if (open !== undefined) return unknown(open)
      if (properties[name] === undefined) return undefined
      const value = changed ?? evaluate(properties[name], scope)
      return value === NO_VALUE ? undefined : value
    }
  }
}

/** A macro may change the whole template. */
function changeOf (template: JsonObject): Unknown | undefined {
  const macro = [template['Transform'], template['Fn::Transform']]
    .flat()
    .find((name) => name !== undefined && !HARMLESS_TRANSFORMS.includes(String(name)))
  if (macro === undefined) return undefined
  const name = isObject(macro) ? String(macro['Name']) : String(macro)
  return unknown(`the transform ${name} may change it; use the processed template`)
}

/** The resources whose condition holds, or may. */
function presentResources (template: JsonObject, scope: TemplateScope): ConditionalResource[] {
  const resources = isObject(template['Resources']) ? template['Resources'] : {}
  const loop = Object.keys(resources).find((name) => name.startsWith('Fn::'))
  if (loop !== undefined) throw new PlanError(`Resources contains ${loop}; use the processed template`)
  return Object.entries(resources).flatMap(([logicalId, value]): ConditionalResource[] => {
    const resource = resourceOf(resources, logicalId)
    if (resource === undefined || !isObject(value)) return []
    const holds = typeof value['Condition'] === 'string' ? conditionHolds(value['Condition'], scope) : true
    if (holds === false) return isRetained(value) ? [{ ...resource, open: RETAINED }] : []
    return [{ ...resource, open: isUnknown(holds) ? holds : undefined }]
  })
}

const RETAINED = unknown('its condition does not hold, but an earlier one is retained')
const POLICY_TYPES = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy', 'AWS::S3::BucketPolicy']

/**
 * Whether a policy that is not created stays where the stack has created it before.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
function isRetained ({ Type: type, DeletionPolicy: policy = 'Delete' }: JsonObject): boolean {
  return POLICY_TYPES.includes(String(type)) && policy !== 'Delete'
}

/** A note for a resource of which it is not known whether it is created. */
export const mayNotBeCreated = ({ logicalId, open }: ConditionalResource): string[] =>
  open === undefined ? [] : [`${logicalId} may not be created: ${open.why}.`]
