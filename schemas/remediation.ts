import { Type, type Static } from 'typebox'
import { StatementReference } from './finding.js'
import { PolicyDocument } from './policy-document.js'
import { ref } from './ref.js'
import { words } from './verdict.js'

const JsonPatch = Type.Array(
  Type.Object(
    {
      op: words(['add', 'remove', 'replace', 'move', 'copy', 'test'] as const, 'RFC 6902 operation.'),
      path: Type.String(),
      from: Type.Optional(Type.String()),
      value: Type.Optional(Type.Unknown())
    },
    { additionalProperties: true }
  )
)

const change = {
  policy: ref(PolicyDocument),
  before: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'The policy as it was read. Absent where there is none yet.'
    })
  ),
  repairs: Type.Array(Type.String(), { description: 'The `id` of the findings that this change removes.' }),
  relaxes: Type.Array(ref(StatementReference), {
    description: 'Restrictions that have no effect any more once the change is applied. Check that this is intended.'
  }),
  warning: Type.Optional(
    Type.String({
      description:
        'What to check before the change is applied. Present if `relaxes` is not empty, and where the account root ' +
        'is added.'
    })
  ),
  commands: Type.Array(Type.String(), {
    description: 'AWS CLI commands that apply the change. They read `policy` from the file that they name.'
  })
}

export const Remediation = Type.Object(
  {
    keyPolicies: Type.Array(Type.Object({ kmsKeyArn: Type.String(), ...change, patch: JsonPatch })),
    rolePolicies: Type.Array(Type.Object({ roleArn: Type.String(), policyName: Type.String(), ...change })),
    trustPolicies: Type.Array(Type.Object({ roleArn: Type.String(), ...change })),
    bucketPolicies: Type.Optional(
      Type.Array(Type.Object({ bucket: Type.String(), ...change, patch: JsonPatch }), {
        description: 'Absent where the usage has no locations.'
      })
    ),
    cannotFix: Type.Array(
      Type.Object(
        {
          code: Type.String(),
          findingId: Type.Optional(Type.String({ description: 'The finding that remains.' })),
          detail: Type.String(),
          remedy: Type.Optional(Type.String({ description: 'What to do.' })),
          who: Type.Optional(Type.String({ description: 'Who can act.' })),
          commands: Type.Optional(
            Type.Array(Type.String(), {
              description:
                'AWS CLI commands for the step, where all that they need is known. They read `policy` from the file ' +
                'that they name.'
            })
          ),
          policy: Type.Optional(ref(PolicyDocument)),
          before: Type.Optional(
            Type.Record(Type.String(), Type.Unknown(), {
              description: 'The policy as it was read; `policy` is the same with what is missing in it.'
            })
          )
        },
        { additionalProperties: true }
      )
    )
  },
  {
    $id: 'Remediation',
    additionalProperties: false,
    description: 'The exact change that makes the same request pass, and what no generated policy can fix.'
  }
)
export type Remediation = Static<typeof Remediation>
